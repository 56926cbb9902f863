import { cloudOf } from '../../config/index.ts';
import type { Clock } from '../../contract/index.ts';
import type { Checkup } from './checkup.ts';
import { type Check, type Detail, type Finding, hostOf, skipped } from './finding.ts';
import type { Reach } from './reach.ts';
import { wordsOf } from './reach-failure.ts';

/** How long a step that goes to the network may take. */
export const stepMs = 10_000;

/** A host's finding, and what it said of the time. */
export interface HostFinding {
  readonly finding: Finding;
  /** How far this machine's clock is ahead of the host's, in milliseconds. */
  readonly aheadMs?: number;
}

/** Where a sign-in goes. Not every way of signing in talks to the login host. */
export async function loginHost(checkup: Checkup, clock: Clock): Promise<HostFinding> {
  const { auth } = checkup.config;
  const check = 'login-host';
  if (checkup.demo) return { finding: skipped(check, 'The demo tenant asks for no sign-in.') };
  if (auth === 'none') return { finding: skipped(check, 'ENTRA_MCP_AUTH is none: nothing signs in.') };
  if (auth === 'managed-identity') {
    return { finding: skipped(check, 'A managed identity signs in at an endpoint of its own machine.') };
  }
  const url = `https://${cloudOf(checkup.config).loginHost}/`;
  return visited(check, url, 'AZURE_AUTHORITY_HOST', { checkup, clock });
}

export function graphHost(checkup: Checkup, clock: Clock): Promise<HostFinding> {
  const url = cloudOf(checkup.config).graphRoot;
  return visited('graph-host', url, 'ENTRA_MCP_GRAPH_URL', { checkup, clock });
}

async function visited(
  check: Check,
  url: string,
  setting: string,
  { checkup, clock }: { checkup: Checkup; clock: Clock },
): Promise<HostFinding> {
  const host = hostOf(url);
  const found = await reached(checkup, url, clock);
  const { dateMs } = found;
  const aheadMs = dateMs === undefined ? {} : { aheadMs: clock.now() - dateMs };
  return { finding: { check, ...told(host, url, setting, found, checkup), detail: detailOf(host, found) }, ...aheadMs };
}

async function reached(checkup: Checkup, url: string, clock: Clock): Promise<Reach> {
  const late = new AbortController();
  const done = new AbortController();
  clock.sleep(stepMs, done.signal).then(
    () => late.abort(),
    () => undefined,
  );
  try {
    return await checkup.reach(url, late.signal);
  } finally {
    done.abort();
  }
}

function told(
  host: string,
  url: string,
  setting: string,
  found: Reach,
  { env }: Checkup,
): Pick<Finding, 'status' | 'message' | 'fix'> {
  if (found.failed?.code === 'SOCKS') {
    return {
      status: 'warning',
      message: `${host} is reached through a SOCKS proxy, which this check cannot look through.`,
      fix: 'If the checks below fail, try an http proxy instead.',
    };
  }
  if (found.failed !== undefined) return { status: 'failed', ...wordsOf(host, setting, found, env) };
  const through = found.via === undefined ? '' : ` through the proxy ${found.via}`;
  const trusted = url.startsWith('https:') ? ', and its certificate is trusted' : '; it is plain http on this machine';
  return { status: 'ok', message: `${host} answers${through}${trusted}.` };
}

function detailOf(host: string, { failed, via, addresses, issuer }: Reach): Record<string, Detail> {
  return {
    host,
    ...(via === undefined ? {} : { proxy: via }),
    ...(addresses === undefined ? {} : { addresses }),
    ...(issuer === undefined ? {} : { issuer }),
    ...(failed === undefined ? {} : { step: failed.step, code: failed.code }),
  };
}

const agreesMs = 60_000;
const toleratedMs = 5 * 60_000;

/** Compares this machine's clock with the hosts'. Tokens and assertions are refused beyond five minutes. */
export function clockFinding(hosts: readonly HostFinding[]): Finding {
  const check = 'clock';
  const told = hosts.flatMap(({ aheadMs }) => (aheadMs === undefined ? [] : [aheadMs]));
  // The hosts agree with each other: the one that differs least saw no delay on the way.
  const aheadMs = told.toSorted((a, b) => Math.abs(a) - Math.abs(b))[0];
  if (aheadMs === undefined) return skipped(check, 'No host has told its time.');
  // The header has whole seconds: it is half a second old on average.
  const aheadSeconds = Math.round((aheadMs - 500) / 1000);
  const detail = { aheadSeconds };
  const offMs = Math.abs(aheadMs);
  if (offMs <= agreesMs) return { check, status: 'ok', message: 'The clock of this machine is right.', detail };
  const message = `The clock of this machine is ${lengthOf(offMs)} ${aheadMs > 0 ? 'ahead' : 'behind'}.`;
  if (offMs <= toleratedMs) return { check, status: 'warning', message, fix: synchronize, detail };
  const fix = `${synchronize} Entra refuses assertions and tokens that are more than five minutes off.`;
  return { check, status: 'failed', message, fix, detail };
}

const synchronize =
  'Turn on time synchronization: `timedatectl set-ntp true` on Linux, `w32tm /resync` on Windows, Date & Time in the settings of macOS.';

function lengthOf(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
