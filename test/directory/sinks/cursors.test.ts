import { afterEach, beforeEach, expect, it } from 'vitest';
import { sinkCursors } from '../../../src/directory/sinks/cursors.ts';
import { VirtualClock } from '../../graph/virtual-clock.ts';
import { HandFilled } from '../hand-filled.ts';

let mirror: HandFilled;
beforeEach(() => {
  mirror = new HandFilled();
});
afterEach(() => mirror.remove());

const clock = new VirtualClock();

it('keeps a place for each sink', async () => {
  const cursors = sinkCursors(mirror.file, clock);
  expect(await cursors.get('a')).toBeUndefined();
  await cursors.set('a', 'c1.ab.1', undefined);
  await cursors.set('b', 'c1.ab.5', undefined);
  await cursors.set('a', 'c1.ab.2', 'c1.ab.1');
  expect([await cursors.get('a'), await cursors.get('b')]).toEqual(['c1.ab.2', 'c1.ab.5']);
  expect(mirror.db.prepare('SELECT updatedAt FROM internal_sinks WHERE name = ?').get('a')).toEqual({
    updatedAt: clock.now(),
  });
});

it('moves nobody on who stands elsewhere', async () => {
  const cursors = sinkCursors(mirror.file, clock);
  await cursors.set('a', 'c1.ab.2', undefined);
  for (const before of [undefined, 'c1.ab.1']) {
    await expect(cursors.set('a', 'c1.ab.9', before)).rejects.toMatchObject({ code: 'CONFLICT' });
  }
  expect(await cursors.get('a')).toBe('c1.ab.2');
});

it('is to be tried again while a sync writes, and reads meanwhile', async () => {
  const cursors = sinkCursors(mirror.file, clock);
  await cursors.set('a', 'c1.ab.1', undefined);
  mirror.db.exec("BEGIN IMMEDIATE; INSERT INTO groups (id, object) VALUES ('g', '{}');");
  await expect(cursors.set('a', 'c1.ab.2', 'c1.ab.1')).rejects.toMatchObject({ name: 'Undelivered' });
  expect(await cursors.get('a')).toBe('c1.ab.1');
  mirror.db.exec('COMMIT');
  await cursors.set('a', 'c1.ab.2', 'c1.ab.1');
});

it('makes no mirror where there is none', async () => {
  const cursors = sinkCursors(`${mirror.file}.none`, clock);
  expect(await cursors.get('a')).toBeUndefined();
  await expect(cursors.set('a', 'c1.ab.1', undefined)).rejects.toMatchObject({ code: 'CONFLICT' });
});
