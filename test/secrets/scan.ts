import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** A secret that stands in an output. Says nothing of the secret but its kind. */
export interface Leak {
  readonly kind: string;
  readonly encoding: string;
  /** What it stands in. */
  readonly where: string;
  /** The test whose output it is. */
  readonly from: string;
}

/** Where a secret of a kind may stand, and why. */
interface Exemption {
  readonly kind: RegExp;
  readonly where: RegExp;
  readonly why: string;
}

/** What may stand somewhere. What `isSought` refuses is looked for nowhere. */
const exemptions: readonly Exemption[] = [
  {
    kind: /^(?:skip|delta)token$/,
    where: /^file directory\.db/,
    why: 'the mirror goes on from there; no SQL of a model reads it',
  },
  {
    kind: /^id_token$/,
    where: /^file state\.db/,
    why: 'what an approver signed is kept as evidence, and verified again at apply; it opens nothing',
  },
  {
    kind: /^PIN$/,
    where: /^stdout of main\.[jt]s tour/,
    why: 'the tour shows what its person types, a wrong PIN of its own among it',
  },
];

/** The demo's PIN is `demo`, and numbers of a few digits stand everywhere. */
const shortest = 8;

/** Stand-ins that tests make, as `aaaa…` or a key of zeros, stand anywhere by chance. */
const fewestDistinct = 4;

function isSought(secret: Buffer): boolean {
  return secret.length >= shortest && new Set(secret).size >= fewestDistinct;
}

/** The forms in which a secret could stand in an output. Base64 has three, by where in its text the secret begins. */
export function formsOf(secret: Buffer): ReadonlyMap<string, Buffer> {
  const forms = new Map<string, Buffer>([['plain', secret]]);
  const text = secret.toString('utf8');
  const isText = Buffer.from(text, 'utf8').equals(secret);
  for (const [lead, cut] of [
    [0, 0],
    [1, 2],
    [2, 3],
  ] as const) {
    const padded = Buffer.concat([Buffer.alloc(lead), secret]);
    const whole = padded.subarray(0, padded.length - (padded.length % 3));
    for (const encoding of ['base64', 'base64url'] as const)
      forms.set(`${encoding} at ${lead}`, Buffer.from(whole.toString(encoding).slice(cut)));
  }
  forms.set('hex', Buffer.from(secret.toString('hex')));
  forms.set('HEX', Buffer.from(secret.toString('hex').toUpperCase()));
  if (!isText) return forms;
  forms.set('URL', Buffer.from(encodeURIComponent(text)));
  forms.set('form', Buffer.from(new URLSearchParams([['', text]]).toString().slice(1)));
  // In JSON, and in JSON that is a string in JSON.
  const once = JSON.stringify(text).slice(1, -1);
  forms.set('JSON', Buffer.from(once));
  forms.set('JSON twice', Buffer.from(JSON.stringify(once).slice(1, -1)));
  return forms;
}

interface Form {
  readonly kind: string;
  readonly encoding: string;
  readonly bytes: Buffer;
}

/** Finds any of many forms in a text at one pass: by their last eight bytes, which few other texts share. */
class Search {
  readonly #forms = new Map<number, Form[]>();
  readonly #maybe = new Uint8Array(2 ** 24);

  constructor(secrets: Iterable<readonly [kind: string, secret: Buffer]>) {
    const seen = new Set<string>();
    for (const [kind, secret] of secrets) {
      if (!isSought(secret)) continue;
      for (const [encoding, bytes] of formsOf(secret)) {
        const key = bytes.toString('latin1');
        if (seen.has(key) || bytes.length < shortest) continue;
        seen.add(key);
        const print = fingerprint(bytes.readUInt32BE(bytes.length - 8), bytes.readUInt32BE(bytes.length - 4));
        this.#forms.set(print, [...(this.#forms.get(print) ?? []), { kind, encoding, bytes }]);
        this.#maybe[print & 0xffffff] = 1;
      }
    }
  }

  *in(text: Buffer): Generator<Form> {
    let [high, low] = [0, 0];
    for (let i = 0; i < text.length; i += 1) {
      high = (high << 8) | (low >>> 24);
      low = (low << 8) | (text[i] ?? 0);
      const print = fingerprint(high, low);
      if (this.#maybe[print & 0xffffff] === 0) continue;
      for (const form of this.#forms.get(print) ?? []) {
        const from = i + 1 - form.bytes.length;
        if (from >= 0 && text.compare(form.bytes, 0, form.bytes.length, from, i + 1) === 0) yield form;
      }
    }
  }
}

function fingerprint(high: number, low: number): number {
  const mixed = Math.imul(high, 0x9e3779b1) ^ Math.imul(low, 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}

const origin = z.object({ where: z.string(), from: z.string() });
const entry = z.tuple([z.string(), z.string()]);

/** What a recording came to. */
export interface Scan {
  readonly secrets: number;
  readonly bytes: number;
  /** Each kind of leak once for each place and test. */
  readonly leaks: readonly Leak[];
}

/** Looks for every recorded secret in every recorded output. */
export function scan(folder: string): Scan {
  const secrets = [...secretsOf(folder)];
  const search = new Search(secrets);
  const leaks = new Map<string, Leak>();
  let bytes = 0;
  for (const name of readdirSync(join(folder, 'outputs')).filter((file) => !file.endsWith('.from'))) {
    const text = readFileSync(join(folder, 'outputs', name));
    const { where, from } = origin.parse(JSON.parse(readFileSync(join(folder, 'outputs', `${name}.from`), 'utf8')));
    bytes += text.length;
    for (const { kind, encoding } of search.in(text)) {
      if (exemptions.some((exempt) => exempt.kind.test(kind) && exempt.where.test(where))) continue;
      leaks.set(`${kind} ${encoding} ${where} ${from}`, { kind, encoding, where, from });
    }
  }
  return { secrets: secrets.length, bytes, leaks: [...leaks.values()] };
}

function* secretsOf(folder: string): Generator<[string, Buffer]> {
  const seen = new Set<string>();
  for (const name of readdirSync(join(folder, 'secrets'))) {
    for (const line of readFileSync(join(folder, 'secrets', name), 'utf8').split('\n')) {
      if (line === '') continue;
      const [kind, bytes] = entry.parse(JSON.parse(line));
      if (!seen.has(bytes)) yield [kind, Buffer.from(bytes, 'base64')];
      seen.add(bytes);
    }
  }
}
