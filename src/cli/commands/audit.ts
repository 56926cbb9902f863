import {
  type AuditRow,
  auditTail,
  exportedRows,
  type TrailVerdict,
  verifyTrail,
  withState,
} from '../../approval/index.ts';
import { ToolError } from '../../contract/index.ts';
import { type TenantFolder, tenantFolders } from '../../store/index.ts';
import { type Desk, type Outcome, type StateOptions, stateDirOf } from '../desk.ts';
import { exits } from '../failure.ts';
import { utc } from '../moments.ts';
import type { Screen } from '../screen/screen.ts';
import { sentenceOf } from '../trail-words.ts';

interface TrailOptions extends StateOptions {
  /** A tenant id; every tenant of the folder otherwise. */
  readonly tenant?: string;
}

/** `entra-mcp audit tail`: the newest rows of each tenant's trail. */
export async function tail(desk: Desk, options: TrailOptions & { lines: number; json?: boolean }): Outcome {
  const { out, err } = desk;
  const stateDir = stateDirOf(desk, options);
  const tenants = tenantsOf(stateDir, options.tenant);
  if (tenants.length === 0) err.paragraph(`There is no audit trail in ${stateDir}.`);
  for (const tenant of tenants) {
    const { tenantId } = tenant;
    const rows = await withState(tenant, ({ store }) => auditTail(store, tenantId, options.lines));
    if (options.json === true) for (const row of rows) out.json({ tenantId, ...row });
    else drawRows(rows, tenant, out);
  }
  return exits.done;
}

function drawRows(rows: readonly AuditRow[], tenant: TenantFolder, out: Screen): void {
  out.line({ text: nameOf(tenant), ink: 'cyan' });
  const cells = rows.map((row) => [
    String(row.seq),
    utc(row.at),
    row.kind,
    row.planId?.slice(0, 8) ?? '',
    sentenceOf(row),
  ]);
  out.table([{ title: '#' }, { title: 'time' }, { title: 'kind' }, { title: 'plan' }, { title: 'what' }], cells, '  ');
  const head = rows.at(-1)?.hash;
  if (head !== undefined) out.line('  head ', head);
}

/** `entra-mcp audit export`: every row of each tenant's trail, whole, a JSON object a line, oldest first. */
export async function exportTrail(desk: Desk, options: TrailOptions): Outcome {
  const { out, err } = desk;
  const stateDir = stateDirOf(desk, options);
  const tenants = tenantsOf(stateDir, options.tenant);
  if (tenants.length === 0) err.paragraph(`There is no audit trail in ${stateDir}.`);
  for (const tenant of tenants) {
    await withState(tenant, async ({ store }) => {
      for await (const rows of exportedRows(store, tenant.tenantId)) {
        for (const row of rows) out.json(row);
        await out.caughtUp();
      }
    });
  }
  return exits.done;
}

/** What `audit verify` is asked. */
interface VerifyOptions extends StateOptions {
  readonly head?: string;
  /** A tenant id: its chain alone. True, for the option without a value: Entra's own log is compared too. */
  readonly tenant?: string | true;
}

/**
 * `entra-mcp audit verify`: recomputes each chain. Fails where one is broken, or a head it once had is missing. With a bare
 * `--tenant`, that of the settings' tenant, and fails too where Entra's log has a change that the trail lacks.
 */
export async function verify(desk: Desk, options: VerifyOptions): Outcome {
  if (options.tenant !== true) return verifyChains(desk, { ...options, tenant: options.tenant });
  const { connect, drawComparison } = await import('./audit-tenant.ts');
  const connection = await connect(desk, options);
  try {
    const { tenantId } = connection;
    const code = await verifyChains(desk, { ...options, tenant: tenantId });
    const [tenant] = tenantsOf(stateDirOf(desk, options), tenantId);
    const isExplained = tenant !== undefined && (await drawComparison(tenant, connection, desk));
    return isExplained ? code : exits.failed;
  } finally {
    await connection.close();
  }
}

async function verifyChains(
  desk: Desk,
  options: StateOptions & { tenant: string | undefined; head?: string },
): Outcome {
  const { out, err } = desk;
  const stateDir = stateDirOf(desk, options);
  const tenants = tenantsOf(stateDir, options.tenant);
  if (tenants.length === 0) {
    err.paragraph(`There is no audit trail in ${stateDir}, so nothing was verified.`);
    return exits.failed;
  }
  const verdicts: TrailVerdict[] = [];
  for (const tenant of tenants) {
    const verdict = await withState(tenant, ({ store }) => verifyTrail(store, tenant.tenantId, options.head));
    drawVerdict(verdict, tenant, out);
    verdicts.push(verdict);
  }
  const isWhole = verdicts.every((verdict) => verdict.brokenAt === undefined);
  return isWhole && tellHead(verdicts, options.head, out) ? exits.done : exits.failed;
}

function drawVerdict({ rows, head, brokenAt }: TrailVerdict, tenant: TenantFolder, out: Screen): void {
  out.line({ text: nameOf(tenant), ink: 'cyan' });
  if (brokenAt === undefined) {
    out.line('  ', { text: 'ok', ink: 'green' }, `  ${rows} ${rows === 1 ? 'row' : 'rows'}, unbroken`);
  } else {
    const before = rows === 0 ? 'no row before it is proven' : `the ${rows} before it are unbroken`;
    out.line(
      '  ',
      { text: 'broken', ink: 'red' },
      `  at row ${brokenAt}: it was edited, removed or added afterwards; ${before}`,
    );
  }
  out.line('  head ', head);
}

/** Whether some trail contains the head that was given; true where none was. */
function tellHead(verdicts: readonly TrailVerdict[], head: string | undefined, out: Screen): boolean {
  if (head === undefined) return true;
  const isThere = verdicts.some((verdict) => verdict.containsHead === true);
  if (isThere) out.line('The head given is in the trail.');
  else out.line({ text: 'The head given is missing: the trail was cut short or rewritten after it.', ink: 'red' });
  return isThere;
}

function tenantsOf(stateDir: string, wanted: string | undefined): TenantFolder[] {
  const all = tenantFolders(stateDir);
  if (wanted === undefined) return all;
  const found = all.filter(({ tenantId }) => tenantId.toLowerCase() === wanted.toLowerCase());
  if (found.length > 0) return found;
  throw new ToolError('NOT_FOUND', {
    message: `There is no audit trail of this tenant in ${stateDir}.`,
    fix: 'Check the tenant id, and that ENTRA_MCP_STATE_DIR (or --state-dir) names the folder that the server uses.',
  });
}

function nameOf({ tenantId, demo }: TenantFolder): string {
  return demo ? `tenant ${tenantId} (demo)` : `tenant ${tenantId}`;
}
