import { ConfigError } from '../../config/index.ts';
import type { Clock } from '../../contract/index.ts';
import { auditFileFinding } from './audit-file.ts';
import type { Checkup, Setup } from './checkup.ts';
import { type Check, checks, type Finding, skipped } from './finding.ts';
import { clockFinding, graphHost, type HostFinding, loginHost } from './hosts.ts';
import { readFinding } from './organization.ts';
import { permissionFindings } from './permissions.ts';
import { policyFileFinding } from './policy-file.ts';
import { quotaFinding } from './quota.ts';
import { settingsFindings, settingsProblems } from './settings.ts';
import { signIn } from './sign-in.ts';
import { approverFinding, stateFolder } from './state.ts';

/** Makes every check, one by one, and gives each finding as soon as it is there. What depends on a failed one is skipped. */
export async function* examined(setup: Setup, clock: Clock): AsyncGenerator<Finding, void, undefined> {
  const opened = await openedOr(setup);
  if (opened instanceof ConfigError) {
    yield* settingsProblems(setup.settings, opened);
    for (const check of checks.slice(1)) yield skipped(check, 'The settings do not load.');
    return;
  }
  try {
    yield* settingsFindings(setup.settings, opened);
    yield* connecting(opened, clock);
    yield* here(opened);
  } finally {
    await opened.close();
  }
}

async function openedOr(setup: Setup): Promise<Checkup | ConfigError> {
  try {
    return await setup.open();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

async function* connecting(checkup: Checkup, clock: Clock): AsyncGenerator<Finding, void, undefined> {
  const [login, graph] = await Promise.all([loginHost(checkup, clock), graphHost(checkup, clock)]);
  yield login.finding;
  yield graph.finding;
  yield clockFinding([login, graph]);
  if (isFailed(login)) {
    yield* unreached(['sign-in', 'permissions', 'read'], 'login');
    return;
  }
  const { finding, claims } = await signIn(checkup, clock);
  yield finding;
  if (finding.status === 'failed') {
    yield* (['permissions', 'read'] as const).map((check) => skipped(check, 'It needs the sign-in, which failed.'));
    return;
  }
  if (claims === undefined) yield skipped('permissions', 'Without a token nothing is known of permissions.');
  else yield* permissionFindings(checkup, claims);
  if (isFailed(graph)) yield* unreached(['read'], 'Graph');
  else yield await readFinding(checkup);
}

function isFailed({ finding }: HostFinding): boolean {
  return finding.status === 'failed';
}

function unreached(names: readonly Check[], host: string): Finding[] {
  return names.map((check) => skipped(check, `It needs the ${host} host, which was not reached.`));
}

async function* here(checkup: Checkup): AsyncGenerator<Finding, void, undefined> {
  yield stateFolder(checkup);
  yield await auditFileFinding(checkup);
  yield await policyFileFinding(checkup);
  yield approverFinding(checkup);
  yield quotaFinding(checkup);
}
