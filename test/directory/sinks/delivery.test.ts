import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sinkCursors } from '../../../src/directory/sinks/cursors.ts';
import { Delivery } from '../../../src/directory/sinks/delivery.ts';
import { type Batch, type Sink, Undelivered } from '../../../src/directory/sinks/sink.ts';
import { VirtualClock } from '../../graph/virtual-clock.ts';
import { HandFilled } from '../hand-filled.ts';
import { emptyReplay, replay } from '../replay.ts';

let mirror: HandFilled;
let clock: VirtualClock;
let told: string[];
beforeEach(() => {
  mirror = new HandFilled();
  clock = new VirtualClock();
  told = [];
});
afterEach(() => mirror.remove());

/** Keeps what it gets; `failing` says how the next deliveries end. */
class Kept implements Sink {
  readonly name = 'kept';
  readonly identity = 'kept#';
  readonly most: number = 2;
  readonly batches: Batch[] = [];
  readonly failing: unknown[] = [];

  async deliver(batch: Batch): Promise<void> {
    const error = this.failing.shift();
    if (error !== undefined) throw error;
    this.batches.push(batch);
  }

  async close(): Promise<void> {}

  get ids(): string[] {
    return this.batches.flatMap(({ changes }) => changes.map(({ id }) => id));
  }
}

const cursorsOf = (owner = `here:${process.pid}:a`) => sinkCursors({ file: mirror.file, owner, clock });
const delivery = (sink: Sink, cursors = cursorsOf()) =>
  new Delivery({
    ...{ sink, cursors, clock, feed: mirror },
    random: { bytes: (length) => new Uint8Array(length).fill(255) },
    tell: (message) => told.push(message),
  });
const never = new AbortController().signal;
const put = (...ids: string[]) => {
  for (const id of ids) mirror.put('users', id, { displayName: id });
};

describe('a delivery', () => {
  it('brings the base, then what came since, and then only that', async () => {
    put('u1', 'u2', 'u3');
    mirror.completed();
    const sink = new Kept();
    expect(await delivery(sink).drain(never)).toBe(3);
    put('u4');
    expect(await delivery(sink).drain(never)).toBe(1);
    expect(await delivery(sink).drain(never)).toBe(0);
    const { id } = mirror;
    expect(sink.batches.map(({ from, to, mirror: of, changes }) => [of, from, to, changes.length])).toEqual([
      [id, 'start', `c1.${id}.0.users.2`, 2],
      [id, `c1.${id}.0.users.2`, `c1.${id}.0`, 1],
      [id, `c1.${id}.0`, `c1.${id}.1`, 1],
    ]);
    expect(
      replay(
        emptyReplay(),
        sink.batches.flatMap(({ changes }) => changes),
      ),
    ).toEqual(mirror.contents());
  });

  it('waits for the first sync to end', async () => {
    const sink = new Kept();
    put('u1');
    expect(await delivery(sink).drain(never)).toBe(0);
    mirror.completed();
    expect(await delivery(sink).drain(never)).toBe(1);
  });

  it('tells of a deletion between a first batch that was lost and its repeat', async () => {
    put('u1', 'u2', 'u3');
    mirror.completed();
    const sink = new Kept();
    const cursors = cursorsOf();
    let commits = 0;
    const crashing = {
      ...cursors,
      set: async (...args: Parameters<typeof cursors.set>) => {
        commits += 1;
        if (commits === 2) throw new Error('killed');
        await cursors.set(...args);
      },
    };
    await expect(delivery(sink, crashing).drain(never)).rejects.toThrow('killed');
    mirror.take('users', 'u1');
    await delivery(sink).drain(never);
    expect(sink.ids).toEqual(['u1', 'u2', 'u2', 'u3', 'u1']);
    expect(
      replay(
        emptyReplay(),
        sink.batches.flatMap(({ changes }) => changes),
      ),
    ).toEqual(mirror.contents());
  });

  it('tries again what may go well later: longer each time, and as long as it is asked to', async () => {
    mirror.completed();
    put('u1');
    const sink = new Kept();
    const down = new Undelivered('answered 503');
    sink.failing.push(down, down, new Undelivered('answered 429', { retryAfterMs: 90_000 }), down);
    const draining = delivery(sink).drain(never);
    await clock.advance(999);
    expect([sink.failing.length, told]).toEqual([3, ['kept answered 503; it is tried again in 1 s.']]);
    await clock.advance(600_000);
    expect(await draining).toBe(1);
    expect(clock.waits).toEqual([1000, 2000, 90_000, 8000]);
    expect(sink.ids).toEqual(['u1']);
  });

  it('never waits longer than five minutes by itself', async () => {
    mirror.completed();
    put('u1');
    const sink = new Kept();
    sink.failing.push(...Array.from({ length: 12 }, () => new Undelivered('is away')));
    const draining = delivery(sink).drain(never);
    await clock.advance(3_600_000);
    await draining;
    expect(Math.max(...clock.waits)).toBe(300_000);
  });

  it('keeps its place where the sink stops, and where it is asked to end', async () => {
    mirror.completed();
    put('u1', 'u2', 'u3');
    const sink = new Kept();
    sink.failing.push(undefined, new TypeError('broken'));
    await expect(delivery(sink).drain(never)).rejects.toThrow('broken');
    sink.failing.push(new Undelivered('is away'));
    const end = new AbortController();
    const draining = delivery(sink).drain(end.signal);
    await clock.advance(10);
    end.abort();
    await expect(draining).rejects.toBe(end.signal.reason);
    await delivery(sink).drain(never);
    expect(sink.ids).toEqual(['u1', 'u2', 'u3']);
  });

  it('begins again where changes after its place are erased, and says so', async () => {
    mirror.completed();
    put('u1');
    const sink = new Kept();
    await delivery(sink).drain(never);
    put('u2', 'u3', 'u4');
    mirror.erase(3);
    await delivery(sink).drain(never);
    expect(sink.ids).toEqual(['u1', 'u1', 'u2', 'u3', 'u4']);
    expect(sink.batches.map(({ from }) => from === 'start')).toEqual([true, true, false]);
    expect(told).toEqual([expect.stringMatching(/everything again/)]);
  });

  it('waits for a sync that writes, to keep its place; the batch is not sent again for that', async () => {
    mirror.completed();
    put('u1');
    const sink = new Kept();
    await delivery(sink).drain(never);
    put('u2');
    mirror.db.exec("BEGIN IMMEDIATE; INSERT INTO internal_groups (id) VALUES ('g');");
    const draining = delivery(sink).drain(never);
    await clock.advance(500);
    mirror.db.exec('COMMIT');
    await clock.advance(2000);
    await draining;
    expect(sink.ids).toEqual(['u1', 'u2']);
  });

  it('leaves a target alone that another process delivers to, however long that one waits', async () => {
    mirror.completed();
    put('u1');
    const [sink, other] = [new Kept(), new Kept()];
    sink.failing.push(new Undelivered('answered 503', { retryAfterMs: 3_600_000 }));
    const draining = delivery(sink).drain(never);
    const late = delivery(other, cursorsOf('there:1:b'));
    await clock.advance(3_599_000);
    await expect(late.drain(never)).rejects.toMatchObject({ code: 'CONFLICT' });
    await clock.advance(1000);
    await draining;
    put('u2');
    await late.drain(never);
    expect([sink.ids, other.ids]).toEqual([['u1'], ['u2']]);
  });
});

describe('to follow', () => {
  it('is to deliver whenever it is woken, until the end', async () => {
    mirror.completed();
    const sink = new Kept();
    const follower = delivery(sink);
    const end = new AbortController();
    const counts: number[] = [];
    const following = follower.follow(end.signal, (count) => counts.push(count));
    put('u1');
    await clock.advance(10);
    expect(counts).toEqual([]);
    follower.wake();
    follower.wake();
    await clock.advance(10);
    put('u2');
    follower.wake();
    await clock.advance(10);
    end.abort();
    await expect(following).rejects.toBe(end.signal.reason);
    expect([counts.filter((count) => count > 0), sink.ids]).toEqual([
      [1, 1],
      ['u1', 'u2'],
    ]);
  });

  it('is to look again where another process delivered', async () => {
    mirror.completed();
    put('u1');
    const other = cursorsOf('there:1:b');
    const sink = new Kept();
    await other.take(sink.identity, 60_000);
    const follower = delivery(sink);
    const end = new AbortController();
    const following = follower.follow(end.signal, () => {});
    follower.wake();
    await clock.advance(10);
    expect([sink.ids, told]).toEqual([[], [expect.stringMatching(/^Another process delivers to kept/)]]);
    await other.free(sink.identity);
    follower.wake();
    await clock.advance(10);
    expect(sink.ids).toEqual(['u1']);
    end.abort();
    await expect(following).rejects.toBe(end.signal.reason);
  });
});
