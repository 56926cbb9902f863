/** What a number is drawn for. Each purpose has its own stream, so that adding one leaves the others as they were. */
export const stream = {
  user: 1,
  device: 2,
  group: 3,
  created: 4,
  record: 5,
  names: 6,
  kind: 7,
  employment: 8,
  address: 9,
  phone: 10,
  dates: 11,
  license: 12,
  signIn: 13,
  membership: 14,
  app: 15,
  audit: 16,
  fault: 17,
} as const;

type Stream = (typeof stream)[keyof typeof stream];

function scramble(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** Seeded numbers that are computed from an index instead of drawn one after the other. Not for secrets. */
export class Dice {
  readonly seed: number;

  constructor(seed: number) {
    this.seed = scramble(seed ^ 0x9e3779b9);
  }

  /** A 32-bit number for (purpose, index, salt). */
  roll(purpose: Stream, index: number, salt = 0): number {
    return scramble(
      scramble(scramble(this.seed ^ Math.imul(purpose, 0x85ebca6b)) ^ index) ^ Math.imul(salt + 1, 0xc2b2ae35),
    );
  }

  /** An integer in [0, below). */
  below(below: number, purpose: Stream, index: number, salt = 0): number {
    return this.roll(purpose, index, salt) % below;
  }

  pick<T>(from: readonly T[], purpose: Stream, index: number, salt = 0): T {
    const picked = from[this.below(from.length, purpose, index, salt)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }

  /** A version-4 GUID that carries its index, so that a million objects need no table of ids. */
  guid(purpose: Stream, index: number): string {
    const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
    const a = hex(this.#cipher(index, purpose));
    const b = hex((this.roll(purpose, index, 101) & 0xffff0fff) | 0x4000);
    const c = hex((this.roll(purpose, index, 102) & 0x3fffffff) | 0x80000000);
    const d = hex(this.roll(purpose, index, 103));
    return `${a}-${b.slice(0, 4)}-${b.slice(4)}-${c.slice(0, 4)}-${c.slice(4)}${d}`;
  }

  /** The index inside a GUID made by `guid`; undefined for every other string. */
  indexOf(purpose: Stream, guid: string): number | undefined {
    const low = guid.toLowerCase();
    if (!/^[0-9a-f]{8}-/.test(low)) return undefined;
    const index = this.#decipher(Number.parseInt(low.slice(0, 8), 16), purpose);
    return this.guid(purpose, index) === low ? index : undefined;
  }

  /** A four-round Feistel permutation of the 32-bit numbers. */
  #cipher(value: number, purpose: Stream): number {
    let left = value >>> 16;
    let right = value & 0xffff;
    for (let round = 0; round < 4; round += 1) {
      [left, right] = [right, left ^ (this.roll(purpose, right, 200 + round) & 0xffff)];
    }
    return ((left << 16) | right) >>> 0;
  }

  #decipher(value: number, purpose: Stream): number {
    let left = value >>> 16;
    let right = value & 0xffff;
    for (let round = 3; round >= 0; round -= 1) {
      [left, right] = [right ^ (this.roll(purpose, left, 200 + round) & 0xffff), left];
    }
    return ((left << 16) | right) >>> 0;
  }
}
