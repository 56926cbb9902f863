import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { TenantFolder } from '../../../src/store/index.ts';
import { keepHandoff, stateFolder, tenantIn } from '../state.ts';
import { run } from '../terminal.ts';

const folder = stateFolder();
let tenant: TenantFolder;
beforeAll(() => {
  tenant = tenantIn(folder.dir);
  vi.stubEnv('TERM', 'xterm');
});
afterAll(() => {
  vi.unstubAllEnvs();
  folder.remove();
});

const secret = 'correct-Horse-7';
const reveal = (id: string, argv: string[], shape: Parameters<typeof run>[1] = {}) =>
  run(['reveal', id, '--state-dir', folder.dir, ...argv], shape);

it('writes the secret alone to stdout, once', async () => {
  const id = await keepHandoff(tenant, secret);
  expect(await reveal(id, ['--stdout'], { input: 'demo\n' })).toMatchObject({
    code: 0,
    output: `${secret}\n`,
    error: '',
  });
  const again = await reveal(id, ['--stdout'], { input: 'demo\n' });
  expect([again.code, again.output, again.error]).toEqual([1, '', expect.stringContaining('already opened')]);
});

it('does not open it where stdout is no terminal, nor with a wrong PIN', async () => {
  const id = await keepHandoff(tenant, secret);
  const piped = await reveal(id, [], { input: 'demo\n' });
  expect([piped.code, piped.output, piped.error]).toEqual([1, '', expect.stringContaining('--stdout')]);
  expect(await reveal(id, ['--stdout'], { input: 'nope\n' })).toMatchObject({ code: 1, output: '' });
  expect(await reveal(id, ['--stdout'], { input: 'demo\n' })).toMatchObject({ code: 0, output: `${secret}\n` });
});

it('shows it apart at a terminal, with whose it is, and takes it away again', async () => {
  const id = await keepHandoff(tenant, secret);
  const { code, output } = await reveal(id, [], { input: 'demo\r\r', person: true, open: true });
  expect(code).toBe(0);
  const [before = '', apart = '', after = ''] = output.split(/\p{Cc}\[\?1049[hl]/u);
  expect(apart).toContain(secret);
  expect(apart).toContain('maya@contoso.example');
  expect(before + after).not.toContain(secret);
  expect(after).toContain('was shown, once');
});

it('advises to clear a terminal that cannot show a page apart', async () => {
  vi.stubEnv('TERM', 'dumb');
  const id = await keepHandoff(tenant, secret, 'evil\u001B[2J@contoso.example');
  const { code, output } = await reveal(id, [], { input: 'demo\r', person: true });
  vi.stubEnv('TERM', 'xterm');
  expect([code, output]).toEqual([0, expect.stringContaining('Clear this screen')]);
  expect(output).not.toContain('\u001B');
});

it('an unknown id is told before anything is opened', async () => {
  expect(await reveal('0'.repeat(32), ['--stdout'], { input: 'demo\n' })).toMatchObject({
    code: 1,
    output: '',
    error: expect.stringContaining('no handoff'),
  });
});
