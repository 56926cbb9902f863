import { expect, test } from 'vitest';
import { ToolError } from '../../../src/contract/index.ts';
import resetPassword from '../../../tools/users/reset-password.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { ann, bob, guest } from '../../fixtures/people.ts';
import { apply, plan, run, secret } from '../../fixtures/tool-trial.ts';

const domains = (authenticationType: string) => [{ id: 'Contoso.com', isVerified: true, authenticationType }];
const tenant = () => new FakeGraph().user(ann).user(bob).user(guest).collection('/domains', domains('Managed'));

test('the plan says what an approver needs', async () => {
  expect(await plan(resetPassword, { user: ann.userPrincipalName }, tenant())).toEqual({
    summary: 'Reset the password of Ann Berg (ann@contoso.com)',
    effects: [
      'The password they have stops working',
      'A new one is generated, and only the approver can open it, once, within 24 hours',
      'It must be changed at the next sign-in',
      'Sessions that began with the old password have to sign in again',
    ],
    warnings: ['Whoever gets the new password gets into the account: hand it over in person'],
    targets: [{ kind: 'user', id: ann.id, touch: 'takeover' }],
    facts: { id: ann.id, userPrincipalName: ann.userPrincipalName },
  });
  expect(resetPassword.seals).toBe('password');
});

test('it sends a password to be changed, alone, and no result holds it', async () => {
  const graph = tenant();
  const result = await apply(resetPassword, { user: ann.id }, graph);
  expect(result).toEqual({ id: ann.id, userPrincipalName: ann.userPrincipalName, handoffId: 'handoff-1' });
  expect(JSON.stringify(result)).not.toContain(secret);
  expect(graph.writes).toEqual([
    {
      method: 'PATCH',
      at: `/users/${ann.id}`,
      body: { passwordProfile: { forceChangePasswordNextSignIn: true, password: secret } },
    },
  ]);
});

test.each([
  ['synced', bob.id, tenant(), 'Active Directory'],
  ['guest', guest.id, tenant(), 'resend_invitation'],
  ['federated', ann.id, tenant().collection('/domains', domains('Federated')), 'federated'],
])('a %s account keeps its password elsewhere', async (_, user, graph, fix) => {
  await expect(plan(resetPassword, { user }, graph)).rejects.toMatchObject({
    code: 'CONFLICT',
    fix: expect.stringContaining(fix),
  });
});

test('a disabled account stays so', async () => {
  const graph = tenant().user({ ...ann, accountEnabled: false });
  expect(await plan(resetPassword, { user: ann.id }, graph)).toMatchObject({
    warnings: [expect.any(String), 'The account is disabled, and stays so'],
  });
});

async function failing(error: ToolError): Promise<unknown> {
  const graph = tenant();
  const draft = await plan(resetPassword, { user: ann.id }, graph);
  if (!('facts' in draft)) throw new Error('a plan was expected');
  return run(resetPassword, draft, graph.fail(`/users/${ann.id}`, error));
}

test('a refusal says which permission and which role the app needs', async () => {
  await expect(failing(new ToolError('NOT_PERMITTED', { message: 'No.', fix: 'Ask.' }))).rejects.toMatchObject({
    code: 'NOT_PERMITTED',
    fix: expect.stringMatching(/User-PasswordProfile\.ReadWrite\.All .*at least the directory role User Administrator/),
    detail: { directoryRoles: ['User Administrator', 'Privileged Authentication Administrator'] },
  });
});

test('after a lost answer it says where the password is', async () => {
  await expect(failing(new ToolError('OUTCOME_UNKNOWN', { message: 'Lost.', fix: 'Look.' }))).rejects.toMatchObject({
    code: 'OUTCOME_UNKNOWN',
    fix: expect.stringContaining('detail.handoffId'),
    detail: { handoffId: 'handoff-1', userPrincipalName: ann.userPrincipalName },
  });
});

test.each([{ password: 'x' }, { forceChangePasswordNextSignIn: false }])('refuses %j', (extra) => {
  expect(resetPassword.input.safeParse({ user: ann.id, ...extra }).success).toBe(false);
});
