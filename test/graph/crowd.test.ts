import { describe, expect, it } from 'vitest';
import { type Chunk, Crowd, type Member } from '../../src/graph/crowd.ts';
import { settle } from './virtual-clock.ts';

function arriving(members: readonly Member[], signal = new AbortController().signal) {
  const chunks: Chunk[] = [];
  for (const member of members) {
    member.arrive(signal).then(
      (chunk) => chunks.push(chunk),
      () => undefined,
    );
  }
  return chunks;
}

function crowdOf(size: number): Member[] {
  const crowd = new Crowd(size);
  return Array.from({ length: size }, () => crowd.member());
}

describe('a crowd', () => {
  it('leaves twenty at a time, and the rest together', async () => {
    const members = crowdOf(45);
    const chunks = arriving(members);
    await settle();
    const sizes = [...new Set(chunks)].map((chunk) => chunk.left);
    expect(chunks).toHaveLength(45);
    expect(sizes).toEqual([20, 20, 5]);
  });

  it('waits for those who are still to come, but not for those who do not come', async () => {
    const [first, second, third] = crowdOf(3);
    if (first === undefined || second === undefined || third === undefined) throw new Error('three');
    const chunks = arriving([first, second]);
    await settle();
    expect(chunks).toEqual([]);
    third.leave();
    third.leave();
    await settle();
    expect(chunks).toEqual([{ left: 2 }, { left: 2 }]);
  });

  it('lets one go that stops, and does not count it', async () => {
    const members = crowdOf(3);
    const controller = new AbortController();
    arriving(members.slice(0, 1), controller.signal);
    controller.abort();
    await settle();
    const chunks = arriving(members.slice(1));
    await settle();
    expect(chunks.map((chunk) => chunk.left)).toEqual([2, 2]);
  });
});
