import {
  type AccessToken,
  Grant,
  type GrantTerms,
  type GraphPort,
  type GraphReader,
  type GraphWriter,
  type Log,
  type Random,
  type TokenSource,
  ToolError,
} from '../../src/contract/index.ts';
import { createGraphPort } from '../../src/graph/index.ts';
import { noteOutput } from '../secrets/outputs.ts';
import { VirtualClock } from './virtual-clock.ts';

export const ann = '11111111-1111-4111-8111-aaaaaaaaaaaa';
export const bob = '22222222-2222-4222-8222-bbbbbbbbbbbb';

/** The same bytes in every run. */
export class CountingRandom implements Random {
  #next = 0;
  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => {
      this.#next = (this.#next * 31 + 7) % 256;
      return this.#next;
    });
  }
}

/** Keeps every line. */
export class KeptLog implements Log {
  readonly lines: { level: string; fields: Readonly<Record<string, unknown>>; message: string }[] = [];
  readonly debug = this.#keeper('debug');
  readonly info = this.#keeper('info');
  readonly warn = this.#keeper('warn');
  readonly error = this.#keeper('error');
  #keeper(level: string) {
    return (fields: Readonly<Record<string, unknown>>, message: string) => {
      this.lines.push({ level, fields, message });
      noteOutput('log', [message, fields]);
    };
  }
}

export function accessToken(token: string): AccessToken {
  return {
    token,
    expiresAt: Number.MAX_SAFE_INTEGER,
    claims: { kind: 'app', roles: [], scopes: [], directoryRoles: [] },
  };
}

/** Gives `token-1`, and after a challenge `token-2`. Keeps the claims it was asked for. */
export class FakeTokens implements TokenSource {
  readonly method = 'test';
  readonly challenges: string[] = [];
  asked = 0;
  async token(options: { signal?: AbortSignal; claims?: string } = {}): Promise<AccessToken> {
    this.asked += 1;
    if (options.claims !== undefined) this.challenges.push(options.claims);
    return accessToken(`token-${this.challenges.length + 1}`);
  }
}

export interface Setting {
  readonly port: GraphPort;
  readonly clock: VirtualClock;
  readonly log: KeptLog;
  readonly tokens: FakeTokens;
  /** Without a deadline, since its clock skips every wait. */
  readonly reader: GraphReader;
  writer(terms?: Partial<GrantTerms>): GraphWriter;
}

/** A port on a virtual clock that skips waits. */
export function settingAt(root: string, options: { tokens?: TokenSource; clock?: VirtualClock } = {}): Setting {
  const clock = options.clock ?? new VirtualClock({ skips: true });
  const log = new KeptLog();
  const tokens = new FakeTokens();
  const port = createGraphPort({
    root,
    tokens: options.tokens ?? tokens,
    clock,
    random: new CountingRandom(),
    log,
    version: '9.9.9',
  });
  const call = { signal: new AbortController().signal, lane: 'bulk' } as const;
  return {
    port,
    clock,
    log,
    tokens,
    reader: port.reader(call),
    writer: (terms = {}) => port.writer(call, Grant.issue(termsOf(terms))),
  };
}

/** Terms that cover what the tests write to Ann and Bob. */
export function termsOf(terms: Partial<GrantTerms> = {}): GrantTerms {
  return {
    planId: 'plan',
    tool: 'test',
    writes: new Set(),
    ids: new Set([ann, bob]),
    witness: { sending: () => undefined, answered: () => undefined },
    ...terms,
  };
}

/** The ToolError that a promise ends in. */
export async function failureOf(promise: Promise<unknown>): Promise<ToolError> {
  const error: unknown = await promise.then(
    (value) => new Error(`It succeeded: ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof ToolError) return error;
  throw error;
}
