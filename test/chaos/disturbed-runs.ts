import { expect } from 'vitest';
import type { DemoSnapshot } from '../../src/demo/index.ts';
import { ApprovalTown, at, type Office } from '../e2e/approval-office.ts';
import { ApprovalWire, type Fate, moment, type PassingWrite } from '../e2e/approval-wire.ts';

/** A run of a workflow, as an agent asks for it. */
export interface Scenario {
  readonly name: string;
  readonly tool: string;
  /** What is asked for; what has to come before is done through the office. */
  args(place: Place, office: Office): Promise<Record<string, unknown>> | Record<string, unknown>;
  /** How the run ends. */
  readonly ends: 'completed' | 'failed';
  /** Writes that Graph refuses each time. */
  readonly refuses?: RegExp;
  /** Requests whose refusal is not tried. */
  readonly neverRefused?: RegExp;
  /** The steps that no other scenario covers, and their writes; all by default. */
  readonly only?: { readonly steps: readonly string[]; readonly writes: RegExp };
}

/** A tenant, and the wire between it and its servers. */
export interface Place {
  readonly town: ApprovalTown;
  readonly wire: ApprovalWire;
}

/** Places at a time: most of a run is waiting. */
const atOnce = 4;

/** Calls `work` with each item, each in a place of its own, several at a time. */
export async function eachInPlace<T>(
  items: readonly T[],
  work: (place: Place, item: T) => Promise<void>,
): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      const one = item;
      await inPlace((place) => work(place, one));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Calls `work` with a place that is gone afterwards. */
async function inPlace<T>(work: (place: Place) => Promise<T>): Promise<T> {
  const town = await ApprovalTown.open(60);
  const wire = await ApprovalWire.open(town.demo.url);
  try {
    return await work({ town, wire });
  } finally {
    await wire.close();
    await town.close();
  }
}

/** A plan that a human approved, and the number of writes that came before. */
export interface Planned {
  readonly office: Office;
  readonly planId: string;
  readonly before: number;
}

export async function planned(place: Place, scenario: Scenario): Promise<Planned> {
  const { town, wire } = place;
  const office = await town.serve({ url: wire.url });
  const { data, text } = await office.client.call(scenario.tool, await scenario.args(place, office));
  expect(data, text).toMatchObject({ status: 'approval_required' });
  const planId = String(at(data, 'plan', 'id'));
  await town.approve(planId);
  wire.onTheWay = (write) => fateOf(scenario, write);
  return { office, planId, before: wire.writes.length };
}

export function apply({ office, planId }: Planned) {
  return office.client.call('apply_plan', { planId, waitSeconds: 60 });
}

/** The run of a plan, as the journal's store has it. */
export function runIdOf({ town }: Place, { planId }: Planned): string {
  return String(town.sql('select id from runs where plan_id = ?', planId)[0]?.['id']);
}

function fateOf({ refuses }: Scenario, write: PassingWrite): Fate {
  return refuses?.test(textOf(write)) === true ? 'refused' : 'passes';
}

function textOf({ method, path, body }: PassingWrite): string {
  return `${method} ${path} ${JSON.stringify(body)}`;
}

/** What a run comes to that nothing disturbs. */
export interface Calm {
  /** Requests that change the tenant, a $batch as one. */
  readonly requests: readonly { readonly nth: number; readonly name: string; readonly isRefused: boolean }[];
  /** Steps that did something. */
  readonly steps: readonly string[];
  readonly sent: readonly string[];
  readonly snapshot: unknown;
}

export function undisturbed(scenario: Scenario): Promise<Calm> {
  return inPlace(async (place) => {
    const plan = await planned(place, scenario);
    const { data, text } = await apply(plan);
    expect(data, text).toMatchObject({ status: 'completed', result: { status: scenario.ends } });
    const { only } = scenario;
    const begun = place.town.sql(
      "select distinct step from journal where run_id = ? and phase = 'begin'",
      runIdOf(place, plan),
    );
    return {
      requests: place.wire.writes.slice(plan.before).flatMap((write) => {
        const nth = write.nth - plan.before;
        if (only?.writes.test(textOf(write)) === false) return [];
        const isRefused = fateOf(scenario, write) === 'refused';
        return [{ nth, name: `${write.method} ${write.path}`, isRefused }];
      }),
      steps: begun.map(({ step }) => String(step)).filter((step) => only?.steps.includes(step) !== false),
      sent: countable(place),
      snapshot: stable(place),
    };
  });
}

/** What the tenant holds, less what is different each time: when things happened, made-up ids, the audit log. */
export function stable({ town: { demo } }: Place): unknown {
  const { directoryAudits: _, ...snapshot } = demo.snapshot();
  const text = JSON.stringify(snapshot, (key, value) =>
    /DateTime$|^employeeHireDate$|^temporaryAccessPass$|^passwordProfile$/i.test(key) ? undefined : value,
  );
  const made = madeId(demo.snapshot());
  // The place of a pass that was made anew is another.
  const same = text.replace(/temporaryAccessPass [0-9a-f-]{36}/g, 'temporaryAccessPass');
  return JSON.parse(
    made === undefined ? same : same.replaceAll(made, 'made').replaceAll(made.replaceAll('-', ''), 'made'),
  );
}

export const newName = 'Nora New';

/** Ids of what was made in a run are made up anew each time. */
function madeId({ users }: DemoSnapshot): string | undefined {
  const made = Object.entries(users).find(([, user]) => user['displayName'] === newName);
  return made?.[0];
}

/**
 * Every write that the tenant took, in a $batch or alone, sorted; without what is done again where its answer is lost:
 * whether sessions were revoked shows nowhere in the tenant, and a Temporary Access Pass is said once, so that nobody has
 * it then.
 */
export function countable({ town: { demo } }: Place): string[] {
  const made = madeId(demo.snapshot()) ?? 'made';
  return demo.requests
    .filter(({ method, path }) => method !== 'GET' && !/\$batch|getMember|checkMember|getByIds/.test(path))
    .map(({ method, path }) => `${method} ${path.replace(made, 'made')}`)
    .filter((write) => !/\/(?:revokeSignInSessions|temporaryAccessPassMethods)$/.test(write))
    .toSorted();
}

/** @throws Error where the run ends first. */
async function reached(there: Promise<void>, applied: Promise<{ readonly text: string }>): Promise<void> {
  const ended = applied.then(({ text }) => text).catch(() => 'it was killed');
  const text = await Promise.race([there, ended]);
  if (typeof text === 'string') throw new Error(`The run came to its end undisturbed: ${text}`);
}

/** Applies in a server that is killed when a write is on the way (and then lost), or done but not answered. */
export async function killedAround(
  { wire }: Place,
  stage: 'onTheWay' | 'onTheWayBack',
  nth: number,
  plan: Planned,
): Promise<void> {
  const there = moment();
  const gone = moment();
  const ordinary = wire[stage];
  wire[stage] = async (write): Promise<Fate> => {
    const number = write.nth - plan.before;
    if (number !== nth) return number < nth ? ordinary(write) : 'lost';
    there.come();
    await gone.comes;
    return 'lost';
  };
  await reached(there.comes, apply(plan));
  await plan.office.kill();
  gone.come();
  wire[stage] = ordinary;
}

/** Applies in a server that is killed once the end of a step is in its journal, before anything else is asked or told. */
export async function killedAfter(place: Place, step: string, plan: Planned): Promise<void> {
  const { town, wire } = place;
  const there = moment();
  const gone = moment();
  const { onTheWay, onRead } = wire;
  const isOver = () => {
    const ends =
      "select 1 from journal where run_id in (select id from runs where plan_id = ?) and step = ? and phase = 'end'";
    if (town.sql(ends, plan.planId, step).length === 0) return false;
    there.come();
    return true;
  };
  wire.onRead = () => (isOver() ? gone.comes : undefined);
  wire.onTheWay = async (write): Promise<Fate> => {
    if (!isOver()) return onTheWay(write);
    await gone.comes;
    return 'lost';
  };
  await reached(there.comes, apply(plan));
  await plan.office.kill();
  gone.come();
  Object.assign(wire, { onTheWay, onRead });
}
