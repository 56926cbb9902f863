import { expect, test } from 'vitest';
import { explainRefusal, explainUnknown, ToolError } from '../../src/contract/index.ts';

const thrown = (code: 'NOT_PERMITTED' | 'OUTCOME_UNKNOWN' | 'CONFLICT') =>
  new ToolError(code, { message: 'M.', fix: 'F.', requestId: 'r-1', detail: { status: 403 } });
const needs = { permissions: ['A.Read', 'B.Write'], sometimes: { 'C.Write': 'for some' }, role: 'User Administrator' };

test('a refusal names permissions and roles, and keeps what Graph said as data', async () => {
  const error = thrown('NOT_PERMITTED');
  await expect(Promise.reject(error).catch(explainRefusal({ ...needs, guardsAdmins: true }))).rejects.toMatchObject({
    code: 'NOT_PERMITTED',
    fix: expect.stringMatching(
      /^Grant it A\.Read and B\.Write with admin consent\. It also needs C\.Write for some\. It also needs at least the directory role User Administrator\. If the account holds an admin role/,
    ),
    requestId: 'r-1',
    detail: {
      status: 403,
      permissions: ['A.Read', 'B.Write', 'C.Write'],
      directoryRoles: ['User Administrator', 'Privileged Authentication Administrator'],
    },
    cause: error,
  });
});

test('roles are named only where they matter', async () => {
  await expect(
    Promise.reject(thrown('NOT_PERMITTED')).catch(explainRefusal({ permissions: ['A.Read'] })),
  ).rejects.toMatchObject({
    fix: 'Grant it A.Read with admin consent.',
    detail: expect.not.objectContaining({ directoryRoles: expect.anything() }),
  });
});

test('a lost answer gets our words, and what to look for', async () => {
  const explain = explainUnknown({ message: 'Ours.', fix: 'Look there.', detail: { id: 'x' } });
  await expect(Promise.reject(thrown('OUTCOME_UNKNOWN')).catch(explain)).rejects.toMatchObject({
    code: 'OUTCOME_UNKNOWN',
    message: 'Ours.',
    fix: 'Look there.',
    requestId: 'r-1',
    detail: { status: 403, id: 'x' },
  });
});

test.each([thrown('CONFLICT'), new Error('else'), undefined])('%s passes as it is', async (error) => {
  const rejected = Promise.reject(error)
    .catch(explainRefusal(needs))
    .catch(explainUnknown({ message: 'M', fix: 'F' }));
  await expect(rejected).rejects.toBe(error);
});
