import { visible } from '../../contract/index.ts';
import type { Ink, Screen } from '../screen/screen.ts';
import { wrapped } from '../screen/width.ts';
import { type Check, checks, type Detail, type Finding, type Status } from './finding.ts';

const inks: Readonly<Record<Status, Ink>> = { ok: 'green', warning: 'yellow', failed: 'red', skipped: 'dim' };
const titles: Readonly<Record<Check, string>> = {
  settings: 'settings',
  'login-host': 'login host',
  'graph-host': 'Graph host',
  clock: 'clock',
  'sign-in': 'sign-in',
  permissions: 'permissions',
  read: 'read',
  'state-folder': 'state folder',
  'audit-file': 'audit file',
  'policy-file': 'policy file',
  approver: 'approver',
  quota: 'quota',
};
const statusRoom = 'skipped'.length + 2;
const margin = ' '.repeat(statusRoom + Math.max(...checks.map((check) => titles[check].length)) + 2);

/** Draws one finding: what, then its fix, then what it was told from. */
export function drawFinding({ check, status, message, fix, link, detail }: Finding, screen: Screen): void {
  const title = titles[check].padEnd(margin.length - statusRoom);
  const [first = '', ...rest] = wrapped(visible(message), screen.sheet.width - margin.length);
  screen.line({ text: status, ink: inks[status] }, ' '.repeat(statusRoom - status.length), title, first);
  for (const line of rest) screen.line(margin, line);
  if (fix !== undefined) screen.paragraph(`Fix: ${fix}`, { first: margin, ink: 'bold' });
  // Links are copied: one stays on one line.
  if (link !== undefined) screen.line(margin, link);
  const rows = Object.entries(detail ?? {}).map(([name, value]) => [name, ...cellsOf(value)]);
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const blank = Array.from({ length: columns }, () => ({ title: '', ink: 'dim' as const }));
  if (rows.length > 0) screen.table(blank, rows, margin);
}

function cellsOf(detail: Detail): string[] {
  if (typeof detail === 'string' || typeof detail === 'number') return [String(detail)];
  return isList(detail) ? [detail.join(', ')] : Object.values(detail);
}

function isList(detail: Detail): detail is readonly string[] {
  return Array.isArray(detail);
}
