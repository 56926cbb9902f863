import fc from 'fast-check';
import type { Decision } from '../../src/server/elicitation-form.ts';
import { inputOf, type RealNames } from './approval-inputs.ts';
import { served } from './approval-world.ts';

/** What an attacker with a hand in the state folder may do to a stored plan or approval. */
export const tamperings = [
  'state: approved',
  'state: pending',
  'state: applying, its process dead',
  'outcome erased',
  'arguments of another plan',
  'facts of another plan',
  'requester',
  'risk: write',
  'expires much later',
  'may be asked in the client',
  'all of another plan but its id and its approval',
  'approval of another plan',
  'decision turned round',
  'signature garbled',
] as const;
export type Tampering = (typeof tamperings)[number];

/** What may come between an approval and the apply. */
export type Mishap = Tampering | 'its target changes' | 'another applies it' | 'time passes';

/** One thing that happens. Plans are counted from the latest one back. */
export type Step =
  | { do: 'call'; tool: string; args: unknown; server: number; mallory: boolean; answers?: Decision }
  | { do: 'apply'; plan: number; server: number; mallory: boolean }
  | { do: 'apply twice at once'; plan: number }
  | { do: 'apply by guess'; id: string }
  | { do: 'click by guess'; plan: number; nonce: string }
  | { do: 'decide'; plan: number; decision: 'approve' | 'deny' }
  | { do: 'approve and apply'; plan: number; server: number }
  | { do: 'approve, something happens, apply'; plan: number; server: number; what: Mishap; other: number }
  | { do: 'wait'; ms: number }
  | { do: 'tamper'; how: Tampering; plan: number; other: number }
  | { do: 'change elsewhere'; user: string; enabled: boolean };

const plan = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(3) });
const server = fc.nat(1);
const mallory = fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
const answers = fc.constantFrom<(Decision | undefined)[]>(
  undefined,
  undefined,
  undefined,
  'approve',
  'reject',
  'declined',
  'cancelled',
);

function callOf(names: RealNames, reads: number): fc.Arbitrary<Step> {
  const tool = (readOnly: boolean) =>
    fc
      .constantFrom(...served.filter((entry) => entry.readOnly === readOnly && entry.definition.name !== 'apply_plan'))
      .chain(({ definition }) =>
        fc.record({ tool: fc.constant(definition.name), args: inputOf(definition.inputSchema, names) }),
      );
  return fc
    .record({
      called: fc.oneof({ weight: 9, arbitrary: tool(false) }, { weight: reads, arbitrary: tool(true) }),
      server,
      mallory,
      answers,
    })
    .map(({ called, answers: said, ...rest }) => ({
      do: 'call' as const,
      ...called,
      ...rest,
      ...(said === undefined ? {} : { answers: said }),
    }));
}

/** Any order of things that a model, its user and an attacker may do. */
export function stepsOf(names: RealNames, users: readonly string[]): fc.Arbitrary<Step[]> {
  const step = fc.oneof(
    { weight: 9, arbitrary: callOf(names, 1) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('apply' as const), plan, server, mallory }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('apply twice at once' as const), plan }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('apply by guess' as const), id: guess }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('click by guess' as const), plan, nonce: guess }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('decide' as const),
        plan,
        decision: fc.constantFrom('approve' as const, 'approve' as const, 'deny' as const),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('approve and apply' as const), plan, server }) },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant('approve, something happens, apply' as const),
        plan,
        server,
        what: fc.constantFrom<Mishap[]>(...tamperings, ...mishaps, ...mishaps, ...mishaps),
        other: fc.nat(3),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        ms: fc.constantFrom(1_000, 31_000, 8 * 60_000, 16 * 60_000),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('tamper' as const),
        how: fc.constantFrom(...tamperings),
        plan,
        other: fc.nat(3),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('change elsewhere' as const),
        user: fc.constantFrom(...users),
        enabled: fc.boolean(),
      }),
    },
  );
  const first = fc.array(callOf(names, 0), { minLength: 1, maxLength: 3 });
  const then = fc.array(step, { minLength: 4, maxLength: 14, size: 'max' });
  return fc.tuple(first, then).map(([asked, rest]) => [...asked, ...rest]);
}

const mishaps: readonly Mishap[] = ['its target changes', 'another applies it', 'time passes'];

const guess = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 32 }),
  fc.constantFrom("' or 1=1 --", '%', '../', '\u0000', '*'),
);
