import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DirectoryChange } from '../../../src/contract/index.ts';
import { NdjsonFile } from '../../../src/directory/sinks/ndjson-file.ts';
import { targetOf } from '../../../src/directory/sinks/target.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'entra-mcp-ndjson-'));
  path = join(folder, 'changes.ndjson');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function fileAt(at: string): NdjsonFile {
  const target = targetOf(at);
  if (target.kind !== 'file') throw new TypeError('no file');
  return new NdjsonFile(target);
}

const change = (sequence: number): DirectoryChange => ({
  // The order of keys is the sink's own.
  ...{ time: '2026-01-01T12:00:00.000Z', kind: 'user_updated' as const, id: `u${sequence}` },
  ...{ fields: { displayName: { old: 'a\nb', new: '\u2028 ü' } }, sequence },
});
const deliver = (...sequences: number[]) =>
  fileAt(path).deliver({ mirror: 'ab', from: 'c1.ab.0', to: 'c1.ab.9', changes: sequences.map(change) });
const lines = (of = path) =>
  readFileSync(of, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

describe('an NDJSON file', () => {
  it('gets a line for each change, and is readable by its owner alone', async () => {
    await deliver(1, 2);
    await deliver(3);
    expect(lines()).toEqual([change(1), change(2), change(3)]);
    expect(readFileSync(path, 'utf8')).toMatch(/^\{"sequence":1,.*\}\n\{.*\}\n\{.*\}\n$/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('keeps what stands in it, and its mode', async () => {
    writeFileSync(path, 'anything\n', { mode: 0o640 });
    chmodSync(path, 0o640);
    await deliver(1);
    expect(readFileSync(path, 'utf8')).toEqual(expect.stringMatching(/^anything\n\{"sequence":1,.*\}\n$/));
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it('loses a torn line, wherever it was torn', async () => {
    await deliver(1);
    const whole = readFileSync(path);
    for (const torn of ['{', '{"sequ', '{"sequence":2,"time":"x"', `{"sequence":2,"id":"${'x'.repeat(200_000)}`]) {
      appendFileSync(path, torn);
      await deliver(2);
      expect(lines()).toEqual([change(1), change(2)]);
      writeFileSync(path, whole);
    }
    writeFileSync(path, '{"sequence"');
    await deliver(3);
    expect(lines()).toEqual([change(3)]);
  });

  it.each(['no line of ours', 'first\nlast', '{"seqvence":1'])(
    'refuses one that ends in %j, and leaves it',
    async (text) => {
      writeFileSync(path, text);
      await expect(deliver(1)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringMatching(/not of this program/),
      });
      expect(readFileSync(path, 'utf8')).toBe(text);
    },
  );

  it('that was moved away is made anew', async () => {
    await deliver(1);
    renameSync(path, `${path}.1`);
    await deliver(2);
    expect([lines(`${path}.1`), lines()]).toEqual([[change(1)], [change(2)]]);
  });

  it('goes through a symbolic link', async () => {
    symlinkSync(path, join(folder, 'link'));
    const batch = { mirror: 'ab', from: 'start', to: 'c1.ab.1', changes: [change(1)] };
    await fileAt(join(folder, 'link')).deliver(batch);
    expect(lines()).toEqual([change(1)]);
  });

  it('that cannot be is said, with the name and the reason', async () => {
    mkdirSync(path);
    await expect(deliver(1)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `file://${path} is not a file.`,
    });
    path = join(folder, 'missing', 'x');
    await expect(deliver(1)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(/ENOENT/),
    });
  });

  it('is no pipe or device', async () => {
    const batch = { mirror: 'ab', from: 'start', to: 'c1.ab.1', changes: [] };
    await expect(fileAt('/dev/null').deliver(batch)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('on a full disk is tried again, and then has nothing torn', async () => {
    await deliver(1);
    const handle = await open(path, 'r');
    const full = vi.spyOn(Object.getPrototypeOf(handle), 'writeFile').mockImplementation(async () => {
      appendFileSync(path, '{"sequence":2,"ti');
      throw Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'write' });
    });
    await handle.close();
    await expect(deliver(2)).rejects.toMatchObject({ name: 'Undelivered', message: 'cannot be written (ENOSPC)' });
    full.mockRestore();
    await deliver(2);
    expect(lines()).toEqual([change(1), change(2)]);
  });
});
