import type { SyncCounts, SyncReport } from '../contract/index.ts';
import { utc } from './moments.ts';
import type { Screen } from './screen/screen.ts';

const modes: Readonly<Record<SyncReport['mode'], string>> = {
  first: 'First sync',
  changes: 'Changes',
  resync: 'Everything gone through again',
};

/** Draws what a sync came to: counts, no rows. */
export function drawReport(report: SyncReport, out: Screen): void {
  const { users, groups, memberships, signIns, mode, pages, requests, durationMs, warnings = [] } = report;
  const titles = ['', 'new', 'changed', 'deleted', 'purged', 'now'];
  out.table(
    titles.map((title) => (title === '' ? { title, ink: 'bold' } : { title })),
    [
      ['users', ...countsOf(users)],
      ['groups', ...countsOf(groups)],
      ['memberships', `${memberships.added}`, '', `${memberships.removed}`, '', `${memberships.total}`],
    ],
  );
  out.line();
  out.line(`${modes[mode]}: ${pages} pages, ${requests} requests, ${(durationMs / 1000).toFixed(1)} s.`);
  if (signIns !== undefined) {
    out.line(`Sign-in activity of ${signIns.users} users${signIns.complete ? '' : '; the next sync goes on'}.`);
  }
  for (const warning of warnings) out.paragraph(warning, { ink: 'yellow' });
}

/** The same in a line, for one of many. */
export function reportLine({ users, groups, memberships, warnings = [] }: SyncReport, now: number): string {
  const parts = [
    changedIn('users', users),
    changedIn('groups', groups),
    listed('memberships', { added: memberships.added, removed: memberships.removed }),
    ...warnings,
  ].filter((part) => part !== '');
  return `${utc(new Date(now).toISOString())}  ${parts.length === 0 ? 'nothing changed' : parts.join('; ')}`;
}

function countsOf({ created, updated, deleted, purged, total }: SyncCounts): string[] {
  return [created, updated, deleted, purged, total].map(String);
}

function changedIn(what: string, { created, updated, deleted, purged }: SyncCounts): string {
  return listed(what, { new: created, changed: updated, deleted, purged });
}

function listed(what: string, counts: Readonly<Record<string, number>>): string {
  const told = Object.entries(counts).filter(([, count]) => count > 0);
  return told.length === 0 ? '' : `${what}: ${told.map(([word, count]) => `${count} ${word}`).join(', ')}`;
}
