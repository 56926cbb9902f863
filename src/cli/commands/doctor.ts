import type { Desk, Outcome } from '../desk.ts';
import { examined } from '../doctor/examination.ts';
import type { Finding, Status } from '../doctor/finding.ts';
import { drawFinding } from '../doctor/sheet.ts';
import { exits } from '../failure.ts';
import type { Screen } from '../screen/screen.ts';

interface DoctorOptions {
  readonly demo: boolean;
  readonly envFile?: string;
  readonly json?: boolean;
}

/** `entra-mcp doctor`: checks one thing after the other, and says of each how it is and what to do. It changes nothing. */
export async function doctor(desk: Desk, { demo, envFile, json }: DoctorOptions): Outcome {
  const { out, ports } = desk;
  const setup = await ports.setup({ demo, ...(envFile === undefined ? {} : { envFile }) });
  const findings: Finding[] = [];
  for await (const finding of examined(setup, ports.clock)) {
    findings.push(finding);
    if (json !== true) drawFinding(finding, out);
  }
  const failed = count(findings, 'failed');
  if (json === true) out.json({ status: failed === 0 ? 'ok' : 'failed', checks: findings }, 2);
  else drawSummary(out, failed, count(findings, 'warning'));
  if (failed === 0) return exits.done;
  return isUnloaded(findings) ? exits.configuration : exits.failed;
}

function count(findings: readonly Finding[], wanted: Status): number {
  return findings.filter(({ status }) => status === wanted).length;
}

/** Without settings nothing else is tried. */
function isUnloaded(findings: readonly Finding[]): boolean {
  return findings.every(({ check, status }) => (check === 'settings' ? status === 'failed' : status === 'skipped'));
}

function drawSummary(out: Screen, failed: number, warnings: number): void {
  const warned = warnings === 0 ? '' : `, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`;
  out.line();
  out.line(failed === 0 ? `Nothing failed${warned}.` : `${failed} failed${warned}.`);
}
