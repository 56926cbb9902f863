import { afterEach, beforeEach, expect, it } from 'vitest';
import { sinkCursors } from '../../../src/directory/sinks/cursors.ts';
import { VirtualClock } from '../../graph/virtual-clock.ts';
import { HandFilled } from '../hand-filled.ts';

let mirror: HandFilled;
let clock: VirtualClock;
beforeEach(() => {
  mirror = new HandFilled();
  clock = new VirtualClock();
});
afterEach(() => mirror.remove());

const cursorsOf = (owner = 'here:1:a', file = mirror.file) => sinkCursors({ file, owner, clock });
const conflict = { name: 'ToolError', code: 'CONFLICT' };

it('keeps a place for each sink', async () => {
  const cursors = cursorsOf();
  expect(await cursors.take('a', 1000)).toBeUndefined();
  await cursors.take('b', 1000);
  await cursors.set('a', 'c1.ab.1', 1000);
  await cursors.set('b', 'c1.ab.5', 1000);
  await cursors.set('a', 'c1.ab.2', 1000);
  expect([await cursors.take('a', 1000), await cursors.take('b', 1000)]).toEqual(['c1.ab.2', 'c1.ab.5']);
  expect(mirror.db.prepare('SELECT updatedAt FROM internal_sinks WHERE name = ?').get('a')).toEqual({
    updatedAt: clock.now(),
  });
});

it('a sink is with one process, until it is freed or the time is over', async () => {
  const [one, other] = [cursorsOf('here:1:a'), cursorsOf('there:2:b')];
  await one.take('a', 1000);
  await one.set('a', 'c1.ab.1', 2000);
  await clock.advance(1999);
  await expect(other.take('a', 1000)).rejects.toMatchObject(conflict);
  await expect(other.set('a', 'c1.ab.9', 1000)).rejects.toMatchObject(conflict);
  await other.free('a');
  await clock.advance(1);
  expect(await other.take('a', 1000)).toBe('c1.ab.1');
  await expect(one.set('a', 'c1.ab.2', 1000)).rejects.toMatchObject(conflict);
  await other.free('a');
  expect(await one.take('a', 1000)).toBe('c1.ab.1');
});

it('a process of this machine that is gone holds nothing', async () => {
  await cursorsOf(`here:${process.ppid}:a`).take('a', 1000);
  await expect(cursorsOf(`here:${process.pid}:b`).take('a', 1000)).rejects.toMatchObject(conflict);
  await cursorsOf('here:999999999:c').take('b', 1000);
  await cursorsOf(`here:${process.pid}:b`).take('b', 1000);
});

it('is to be tried again while a sync writes', async () => {
  const cursors = cursorsOf();
  await cursors.take('a', 1000);
  mirror.db.exec("BEGIN IMMEDIATE; INSERT INTO internal_groups (id) VALUES ('g');");
  await expect(cursors.set('a', 'c1.ab.2', 1000)).rejects.toMatchObject({ name: 'Undelivered' });
  mirror.db.exec('COMMIT');
  expect(await cursors.take('a', 1000)).toBeUndefined();
  await cursors.set('a', 'c1.ab.2', 1000);
});

it('makes no mirror where there is none', async () => {
  await expect(cursorsOf('here:1:a', `${mirror.file}.none`).take('a', 1)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
