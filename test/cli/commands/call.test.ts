import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CliPorts } from '../../../src/cli/index.ts';
import { openServer } from '../../../src/compose/serve.ts';
import { loadConfig } from '../../../src/config/index.ts';
import { type DemoTenant, startDemoTenant } from '../../../src/demo/index.ts';
import { stateFolder } from '../state.ts';
import { run } from '../terminal.ts';

const folder = stateFolder();
const root = new URL('../../..', import.meta.url).pathname;
const place = { entry: `${root}src/main.ts`, packageRoot: root, version: '1.2.3' };
let graph: DemoTenant;
let ports: Partial<CliPorts>;
let opened = 0;

beforeAll(async () => {
  graph = await startDemoTenant({ users: 25, tenantId: 'ac7c290b-4f96-40f2-b9e6-a1aa6edcba5e' });
  const env = {
    ENTRA_MCP_GRAPH_URL: graph.url,
    ENTRA_MCP_AUTH: 'none',
    ENTRA_MCP_STATE_DIR: folder.dir,
    ENTRA_MCP_LOG_LEVEL: 'error',
  };
  const config = loadConfig({ env, packageRoot: folder.dir, configDir: folder.dir, dataDir: folder.dir });
  ports = {
    clock: { now: Date.now, sleep: () => new Promise(() => {}) },
    openServer: async () => {
      const server = openServer(config, { demo: false }, place);
      opened += 1;
      return {
        ports: server.ports,
        close: async () => {
          await server.close();
          opened -= 1;
        },
      };
    },
  };
});
afterAll(async () => {
  await graph.close();
  folder.remove();
});

const user = 'maya.lindqvist@contoso-demo.example';
const call = (argv: string[], input?: string) =>
  run(['call', ...argv], { ports, ...(input === undefined ? {} : { input }) });

describe('call', () => {
  it('prints the structured answer of a read tool, and nothing else', async () => {
    const { code, output, error } = await call(['get_user', JSON.stringify({ user })]);
    expect([code, error]).toEqual([0, '']);
    expect(JSON.parse(output)).toMatchObject({ user: { userPrincipalName: user, accountEnabled: true } });
    expect(opened).toBe(0);
  });

  it('reads its arguments from standard input', async () => {
    const { code, output } = await call(['get_user', '-'], JSON.stringify({ user }));
    expect([code, JSON.parse(output)]).toEqual([0, expect.objectContaining({ user: expect.anything() })]);
  });

  it('without arguments calls with none', async () => {
    expect(JSON.parse((await call(['search_users'])).output).items.length).toBeGreaterThan(1);
  });

  it('exits 1 on an error, with the same words as an MCP client gets', async () => {
    const { code, output, error } = await call(['get_user', '{"usr":"x"}']);
    expect(code).toBe(1);
    expect(JSON.parse(output).error).toMatchObject({ code: 'INPUT_INVALID' });
    expect(error).toMatch(/^entra-mcp: /);
    expect(opened).toBe(0);
  });

  it('writes names that hold escape codes as data', async () => {
    const { output } = await call(['search_users', '{"text":"mallory"}']);
    expect(output).toContain('SYSTEM');
    expect(output.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

it('a change that was asked for with call is approved, applied and recorded as any other', async () => {
  const state = ['--state-dir', folder.dir];
  expect((await run(['approver', 'set-pin', ...state], { ports, input: 'tulips-99\n' })).code).toBe(0);
  const asked = await call(['disable_user', JSON.stringify({ user, reason: 'left the company' })]);
  expect(asked.code).toBe(0);
  const { status, plan } = JSON.parse(asked.output);
  expect(status).toBe('approval_required');
  expect(asked.error).toContain(`  ${plan.approve.command}\n`);
  expect((await run(['plans', ...state], { ports })).output).toContain(plan.id);

  const early = await call(['apply_plan', JSON.stringify({ planId: plan.id, waitSeconds: 0 })]);
  expect(JSON.parse(early.output).status).toBe('approval_required');
  expect(graph.requests.filter(isWrite)).toEqual([]);

  const approved = await run(['approve', plan.id, ...state], { ports, input: 'tulips-99\n' });
  expect([approved.code, approved.output]).toEqual([0, expect.stringContaining('The agent says: "left the company"')]);
  const applied = JSON.parse((await call(['apply_plan', JSON.stringify({ planId: plan.id })])).output);
  expect(applied).toMatchObject({ status: 'completed', result: { accountEnabled: false } });
  expect(graph.requests.filter(isWrite)).toHaveLength(1);

  const verified = await run(['audit', 'verify', '--head', applied.auditHead, ...state], { ports });
  expect(verified.code).toBe(0);
  const late = await run(['deny', plan.id, ...state], { ports, input: 'tulips-99\n' });
  expect([late.code, late.error]).toEqual([1, expect.stringContaining('already applied')]);
});

/** What a batch holds is logged by itself. */
function isWrite({ method, path }: { method: string; path: string }): boolean {
  return method !== 'GET' && !path.endsWith('/$batch');
}
