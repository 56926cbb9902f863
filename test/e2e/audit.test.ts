import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { agentAppId } from '../../src/demo/caller.ts';
import { ApprovalTown, at, type Office } from './approval-office.ts';

let town: ApprovalTown;
let office: Office;
const env = () => ({ ENTRA_MCP_GRAPH_URL: town.demo.url, ENTRA_MCP_AUTH: 'none', AZURE_CLIENT_ID: agentAppId });

beforeAll(async () => {
  town = await ApprovalTown.open();
  office = await town.serve();
});
afterAll(() => town.close());

async function disabled(user: string): Promise<void> {
  const { data } = await office.client.call('disable_user', { user, reason: 'left the company' });
  const planId = String(at(data, 'plan', 'id'));
  await town.approve(planId);
  expect((await office.client.call('apply_plan', { planId })).data).toMatchObject({ status: 'completed' });
}

test('what the server did is listed, exported, and found in Entra’s own log; what it did not do is not', async () => {
  const { ordinary } = town.demo.landmarks;
  await disabled(ordinary.id);
  const { data } = await office.client.call('list_applied_plans', { user: ordinary.id });
  expect(data).toMatchObject({ items: [{ tool: 'disable_user', outcome: 'completed' }], total: 1 });

  const exported = await town.place.run(['audit', 'export']);
  const kinds = exported.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).kind);
  expect(kinds).toEqual(['plan', 'decision', 'write-sending', 'write-answered', 'outcome']);

  const whole = await town.place.run(['audit', 'verify', '--tenant'], { env: env() });
  expect(whole, whole.stderr).toMatchObject({ code: 0 });
  expect(whole.stdout).toMatch(/5 rows, unbroken/);
  expect(whole.stdout).toMatch(/On record: 1 write\. In Entra's log: 1\./);

  await town.elsewhere(ordinary.id, { accountEnabled: true });
  const foreign = await town.place.run(['audit', 'verify', '--tenant'], { env: env() });
  expect(foreign).toMatchObject({ code: 1, stdout: expect.stringContaining('that this server has no record of') });
  expect(foreign.stdout).toContain(ordinary.userPrincipalName);
  // With an id, the chain of this tenant alone, which is whole.
  expect((await town.place.run(['audit', 'verify', '--tenant', town.demo.tenantId])).code).toBe(0);
});

test('the audit file has every row, also those that were committed while the server was dead', async () => {
  const file = join(town.place.newFolder(), 'trail.ndjson');
  const seqs = () =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line).seq)
      : [];
  const rows = () => town.sql('SELECT seq FROM audit ORDER BY seq').map(({ seq }) => seq);
  const copying = await town.serve({ env: { ENTRA_MCP_AUDIT_FILE: file } });
  const { data } = await copying.client.call('disable_user', { user: town.demo.landmarks.newcomer.id, reason: 'left' });
  await expect.poll(seqs, { timeout: 5_000 }).toEqual(rows());
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await copying.kill();
  const planId = String(at(data, 'plan', 'id'));
  await town.approve(planId);
  expect(seqs()).toHaveLength(rows().length - 1);
  const next = await town.serve({ env: { ENTRA_MCP_AUDIT_FILE: file } });
  expect((await next.client.call('apply_plan', { planId })).data).toMatchObject({ status: 'completed' });
  await expect.poll(seqs, { timeout: 5_000 }).toEqual(rows());
});

test('without an identity, or a tenant, the comparison says what is missing', async () => {
  const { AZURE_CLIENT_ID: _, ...nameless } = env();
  const unknown = await town.place.run(['audit', 'verify', '--tenant'], { env: nameless });
  expect(unknown).toMatchObject({ code: 78, stderr: expect.stringContaining('AZURE_CLIENT_ID') });
  const nothing = await town.place.run(['audit', 'verify', '--tenant'], {
    env: { ...env(), ENTRA_MCP_STATE_DIR: town.place.newFolder() },
  });
  expect(nothing).toMatchObject({ code: 1, stderr: expect.stringContaining('no audit trail of this tenant') });
});
