import { describe, expect, it } from 'vitest';
import { type GraphReader, type Look, ToolError } from '../../src/contract/index.ts';
import { TransportFailure } from '../../src/graph/failure.ts';
import { sendAndLook } from '../../src/graph/lost-answer.ts';
import { FakeGraph } from '../fixtures/fake-graph.ts';
import { failureOf } from './setting.ts';
import { VirtualClock } from './virtual-clock.ts';

const lost = (kind: 'reset' | 'deadline' | 'cancelled' = 'reset') =>
  new ToolError('OUTCOME_UNKNOWN', { message: 'm', fix: 'f', cause: new TransportFailure(kind, { sent: true }) });
const taken = new ToolError('CONFLICT', { message: 'm', fix: 'f' });
const broken = new ToolError('UPSTREAM', { message: 'm', fix: 'f' });

type Sent = 'made' | ToolError;
type Seen = 'there' | undefined | ToolError;

/** Sends and looks in turn with these outcomes, the last one staying. Tells what happened when. */
function run(sent: readonly Sent[], seen: readonly Seen[], look: Partial<Look<string>> = {}) {
  const clock = new VirtualClock({ skips: true });
  const from = clock.now();
  const happened: string[] = [];
  const controller = new AbortController();
  const count = (what: string) => happened.filter((each) => each.startsWith(what)).length;
  const note = async (what: string, outcomes: readonly (string | undefined | ToolError)[]) => {
    const outcome = outcomes[Math.min(count(what), outcomes.length - 1)];
    happened.push(`${what} ${(clock.now() - from) / 1000}`);
    if (outcome instanceof ToolError) throw outcome;
    return outcome;
  };
  const outcome = sendAndLook<string>({
    clock,
    signal: controller.signal,
    look: { naturalKey: true, find: (_: GraphReader) => note('look', seen), ...look },
    reader: () => new FakeGraph(),
    send: async () => (await note('send', sent)) ?? 'made',
  });
  return { outcome, happened, controller, clock };
}

describe('a write whose answer was lost', () => {
  it('is not looked for where the answer came', async () => {
    const { outcome, happened } = run(['made'], ['there']);
    expect(await outcome).toBe('made');
    expect(happened).toEqual(['send 0']);
  });

  it('is believed to have happened as soon as it is seen', async () => {
    const { outcome, happened } = run([lost()], [undefined, 'there']);
    expect(await outcome).toBe('there');
    expect(happened).toEqual(['send 0', 'look 2', 'look 5']);
  });

  it('is believed not to have happened after half a minute only, and then sent once more', async () => {
    const { outcome, happened } = run([lost(), 'made'], [undefined]);
    expect(await outcome).toBe('made');
    expect(happened).toEqual(['send 0', 'look 2', 'look 5', 'look 15', 'look 30', 'send 30']);
  });

  it('is never believed not to have happened without a key of its own', async () => {
    const { outcome, happened } = run([lost()], [undefined], { naturalKey: false });
    expect(await failureOf(outcome)).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(happened.filter((each) => each.startsWith('send'))).toHaveLength(1);
  });

  it('is not believed to be absent where the last look failed', async () => {
    const { outcome, happened } = run([lost()], [undefined, undefined, undefined, broken]);
    expect(await failureOf(outcome)).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(happened.filter((each) => each.startsWith('send'))).toHaveLength(1);
  });

  it('that came late is found when the second one meets it', async () => {
    const { outcome } = run([lost(), taken], [undefined, undefined, undefined, undefined, 'there']);
    expect(await outcome).toBe('there');
  });

  it('ends as the refusal of the second one where nothing is found then either', async () => {
    const { outcome, happened } = run([lost(), taken], [undefined]);
    expect(await failureOf(outcome)).toBe(taken);
    expect(happened.filter((each) => each.startsWith('send'))).toHaveLength(2);
  });

  it('is sent no third time', async () => {
    const { outcome, happened } = run([lost(), lost()], [undefined]);
    expect(await failureOf(outcome)).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(happened.filter((each) => each.startsWith('send'))).toHaveLength(2);
  });

  it('is looked for after its deadline, but not for a caller who left', async () => {
    expect(await run([lost('deadline')], ['there']).outcome).toBe('there');
    const gone = run([lost('cancelled')], ['there']);
    expect(await failureOf(gone.outcome)).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(gone.happened).toEqual(['send 0']);
  });

  it('stays unknown where the caller leaves between the looks', async () => {
    const { outcome, controller, happened } = run([lost()], [undefined]);
    controller.abort();
    expect(await failureOf(outcome)).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    expect(happened.filter((each) => each.startsWith('look'))).toHaveLength(0);
  });

  it('throws every other error as it is', async () => {
    const { outcome, happened } = run([broken], ['there']);
    expect(await failureOf(outcome)).toBe(broken);
    expect(happened).toEqual(['send 0']);
  });
});
