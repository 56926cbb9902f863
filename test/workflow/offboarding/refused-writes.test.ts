import { describe, expect, test } from 'vitest';
import {
  type OffboardingRequest,
  type OffboardingStepName,
  offboardingStepNames,
  type RunReport,
} from '../../../src/contract/index.ts';
import type { Fate } from './front.ts';
import { OffboardingWorld, statusesOf } from './world.ts';

/** What may become of the writes of a step, and the codes that its report may then carry. */
const fates: readonly (readonly [name: string, fate: Fate, codes: RegExp])[] = [
  ['403', { status: 403, code: 'Authorization_RequestDenied' }, /^NOT_PERMITTED$/],
  // What is to be taken and is not there counts as taken, until the tenant is looked at once more.
  ['404', { status: 404, code: 'Request_ResourceNotFound' }, /^(?:NOT_FOUND|CONFLICT)$/],
  ['409', { status: 409, code: 'Request_MultipleObjectsWithSameKeyValue' }, /^CONFLICT$/],
  ['400', { status: 400, code: 'Request_BadRequest' }, /^(?:INPUT_INVALID|CONFLICT)$/],
  ['429', { status: 429, code: 'TooManyRequests', headers: { 'Retry-After': '3' } }, /^THROTTLED$/],
  ['lost', 'lost', /^OUTCOME_UNKNOWN$/],
];

/** Steps that make no sense once this one failed. */
const without: Readonly<Partial<Record<OffboardingStepName, readonly OffboardingStepName[]>>> = {
  ownerships: ['delete'],
  handover: ['licenses', 'delete'],
};

function requestOf(step: OffboardingStepName, { tenant }: OffboardingWorld): OffboardingRequest {
  const { leaver, privilegedLeaver, ordinary } = tenant.landmarks;
  if (step === 'directory-roles') return { user: privilegedLeaver.id, preset: 'full' };
  const request = { user: leaver.id, preset: 'full' as const, successor: ordinary.id };
  // An account that is deleted answers no mail.
  if (step === 'delete' || step === 'ownerships') return { ...request, delete: true };
  return { ...request, autoReply: { internal: 'Write to Maya.' } };
}

/** A run in which every write of one step meets the same fate. */
async function run(step: OffboardingStepName, fate: Fate): Promise<RunReport> {
  const world = await OffboardingWorld.open({ users: 30, budget: false, isHurried: true, isFronted: true });
  let current = '';
  world.front.fateOf = () => (current === step ? fate : undefined);
  const progress = (message: string) => {
    current = /, ([\w-]+)$/.exec(message)?.[1] ?? '';
  };
  return world.offboard(requestOf(step, world), { progress });
}

describe.each(offboardingStepNames)('%s', (step) => {
  test.each(fates)('%s: it says what happened and what to do, and the others go on', async (_, fate, codes) => {
    const report = await run(step, fate);
    expect(report.status).toBe('failed');
    const { status, message, fix } = report.steps.find(({ name }) => name === step) ?? {};
    expect(status).toBe(fate === 'lost' ? 'unknown' : 'failed');
    expect(/^(?:\d+ of \d+: )?([A-Z_]+): /.exec(message ?? '')?.[1]).toMatch(codes);
    expect(fix).toMatch(/\w+/);
    const others = Object.entries(statusesOf(report)).filter(([name]) => name !== step);
    const undone = others.filter(([, how]) => how !== 'done' && how !== 'already_so').map(([name]) => name);
    expect(undone).toEqual((without[step] ?? []).filter((name) => name in statusesOf(report)));
    expect(report.blocked).toBe(step !== 'block-sign-in' || fate === 'lost');
  });
});
