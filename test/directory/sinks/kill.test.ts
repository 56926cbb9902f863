import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { targetOf } from '../../../src/directory/sinks/target.ts';
import { HandFilled } from '../hand-filled.ts';
import { emptyReplay, replay } from '../replay.ts';

async function delivered(mirror: HandFilled, path: string, when: 'commit' | 'append' | 'never') {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('./delivering.ts', import.meta.url)), mirror.file, path, when],
    {
      stdio: 'inherit',
    },
  );
  const [code, signal] = await once(child, 'exit');
  return signal ?? code;
}

it.each(['commit', 'append'] as const)(
  'killed at the %s, a file gets every change in order, each line whole',
  async (when) => {
    const mirror = new HandFilled();
    const path = join(mirror.folder, 'changes.ndjson');
    const lines = (text = readFileSync(path, 'utf8')) =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line));
    const ids = () => lines().map(({ kind, id }) => `${kind} ${id}`);
    try {
      for (let i = 0; i < 70; i += 1) mirror.put('users', `u${i}`, { displayName: `ü${i}` });
      mirror.completed();
      const all = Array.from({ length: 70 }, (_, i) => `user_created u${i}`);

      expect(await delivered(mirror, path, when)).toBe('SIGKILL');
      const torn = readFileSync(path, 'utf8');
      expect(torn.endsWith('\n')).toBe(when === 'commit');
      const { identity } = targetOf(path);
      const place = mirror.db.prepare('SELECT cursor FROM internal_sinks WHERE name = ?').get(identity)?.['cursor'];
      expect(place).toBe(`c1.${mirror.id}.0.users.40`);

      for (const id of ['u3', 'u50']) mirror.take('users', id);
      expect(await delivered(mirror, path, 'never')).toBe(0);
      const before = all.slice(0, when === 'commit' ? 60 : 40);
      const told = ids();
      // What was written of the third batch stays, where its lines are whole; then it comes again from its beginning.
      expect(told.slice(0, 40)).toEqual(before.slice(0, 40));
      const again = told.slice(told.lastIndexOf('user_created u40'));
      expect(again).toEqual([
        ...all.slice(40).filter((line) => line !== 'user_created u50'),
        'user_deleted u3',
        'user_deleted u50',
      ]);
      const between = told.slice(40, told.lastIndexOf('user_created u40'));
      expect(between).toEqual(all.slice(40, 40 + between.length));
      expect(between.length).toBe(when === 'commit' ? 20 : torn.split('\n').length - 1 - 40);
      expect(replay(emptyReplay(), lines())).toEqual(mirror.contents());
    } finally {
      mirror.remove();
    }
  },
);
