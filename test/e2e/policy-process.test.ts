import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const permit = (action: string, when: string) =>
  `@id("${action}") @rule("without-approval") permit (principal, action == Action::"${action}", resource) when { ${when} };\n`;
const reason = 'has left the company';

describe('the process', () => {
  const work = mkdtempSync(join(tmpdir(), 'entra-mcp-policy-'));
  const entry = join(import.meta.dirname, '..', '..', 'src', 'main.ts');
  const watch = join(work, 'watch.mjs');
  const file = join(work, 'policies.cedar');
  // Cedar is the WebAssembly that answers this; Node and undici have some of their own.
  writeFileSync(
    watch,
    'const Real = WebAssembly.Module;\nWebAssembly.Module = class extends Real {\n  constructor(bytes) {\n    super(bytes);\n    if (WebAssembly.Module.exports(this).some(({ name }) => name === "statefulIsAuthorized")) process.stderr.write("CEDAR\\n");\n  }\n};\n',
  );
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  function ran(words: readonly string[], policy?: string): Promise<{ code: number; output: string; error: string }> {
    if (policy !== undefined) writeFileSync(file, policy);
    const env = {
      ...{ PATH: process.env['PATH'], HOME: work, XDG_DATA_HOME: work, XDG_CONFIG_HOME: work },
      ...(policy === undefined ? {} : { ENTRA_MCP_POLICY_FILE: file }),
    };
    return new Promise((resolve) => {
      execFile(process.execPath, ['--import', watch, entry, ...words], { env, cwd: work }, (failed, output, error) =>
        resolve({ code: failed === null ? 0 : Number(failed.code), output, error }),
      );
    });
  }
  const call = [
    'call',
    'revoke_sessions',
    `{"user":"maya.lindqvist@contoso-demo.example","reason":"${reason}"}`,
    '--demo',
  ];

  it('loads Cedar for whoever has policies, and for nobody else', async () => {
    const without = await ran(call);
    expect([without.output, without.error]).toEqual([
      expect.stringContaining('approval_required'),
      expect.not.stringContaining('CEDAR'),
    ]);
    const with_ = await ran(call, permit('revoke_sessions', 'context.people == 1'));
    expect([with_.code, with_.output, with_.error]).toEqual([
      0,
      expect.stringContaining('"completed"'),
      expect.stringContaining('CEDAR'),
    ]);
  });

  it('does not start with a file that is wrong: exit 78, each problem with its line', async () => {
    const { code, output, error } = await ran(
      ['serve', '--demo'],
      '\nforbid (principal, action, resource);\npermit (principal, action, resource);',
    );
    expect([code, output]).toEqual([78, '']);
    for (const words of [`${file}:2:1:`, `${file}:3:1:`, '@rule("without-approval")']) expect(error).toContain(words);
    expect((await ran(call, 'nonsense')).code).toBe(78);
  });

  it('checks a file, and explains a decision, on the demo tenant', async () => {
    const policies = permit('revoke_sessions', 'resource is User && resource.department == "Engineering"');
    const checked = await ran(['policy', 'check'], policies);
    expect([checked.code, checked.output]).toEqual([0, expect.stringMatching(/revoke_sessions {2}line 1 {2}LOOSENS/)]);
    const explained = await ran(['policy', 'explain', ...call.slice(1), '--json'], policies);
    expect(JSON.parse(explained.output)).toMatchObject({
      decision: 'applied',
      policies: [{ id: 'revoke_sessions' }],
      objects: [{ kind: 'user', touch: 'takeaway', rule: 'without-approval' }],
    });
    expect((await ran(['policy', 'explain', 'get_user', '{}', '--demo'], policies)).code).toBe(1);
    expect((await ran(['policy', 'check', join(work, 'none.cedar')])).code).toBe(78);
    expect((await ran(['policy', 'check'])).code).toBe(2);
  });
});
