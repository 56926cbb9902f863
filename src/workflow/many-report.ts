import type { FollowUp, RunReport } from '../contract/index.ts';

/** Most bytes of follow-ups in the report of a run of many: each of its runs has all of its own. */
const mostBytes = 24 * 1024;
/** Most reasons to wait that the run of many names. */
const mostReasons = 3;

/** A run of one person, as the run of many tells of it. */
export type SingleReport = Pick<RunReport, 'user' | 'status' | 'waitingFor' | 'blocked' | 'followUps'>;

/** What is left by hand for each person, under their names, as far as it goes. */
export function followUpsOfAll(singles: readonly SingleReport[]): FollowUp[] {
  const all = singles.flatMap(({ user, followUps }) =>
    followUps.map((one) => ({ ...one, what: `${user?.userPrincipalName ?? 'unnamed user'}: ${one.what}` })),
  );
  let used = 0;
  const kept = all.filter((one) => {
    used += Buffer.byteLength(JSON.stringify(one));
    return used <= mostBytes;
  });
  const more = all.length - kept.length;
  return more === 0 ? kept : [...kept, { what: `And ${more} more: get_run of each of the runs names its own` }];
}

/** Whether sign-in is blocked for everyone; undefined while nobody knows. */
export function blockedOfAll(singles: readonly SingleReport[]): boolean | undefined {
  const known = singles.map(({ blocked }) => blocked);
  if (known.includes(false)) return false;
  return known.length > 0 && !known.includes(undefined) ? true : undefined;
}

/** What the runs of a run that waits are waiting for. */
export function waitingOfAll(singles: readonly Pick<SingleReport, 'status' | 'waitingFor'>[]): string {
  const waiting = singles.filter(({ status }) => status === 'waiting');
  const counts = new Map<string, number>();
  for (const { waitingFor = 'resume_run' } of waiting) counts.set(waitingFor, (counts.get(waitingFor) ?? 0) + 1);
  if (counts.size === 0) return 'resume_run: none of its runs waits any more';
  const reasons = [...counts].slice(0, mostReasons).map(([why, count]) => `${count} for ${why}`);
  const more = counts.size - reasons.length;
  const rest = more === 0 ? '' : `; ${more} more ${more === 1 ? 'reason' : 'reasons'}`;
  return `resume_run: ${waiting.length} of its runs ${waiting.length === 1 ? 'waits' : 'wait'}: ${reasons.join('; ')}${rest}`;
}
