import { hostname } from 'node:os';
import { withState } from '../../approval/index.ts';
import { type RunLine, type RunPort, type RunReport, ToolError } from '../../contract/index.ts';
import { type TenantFolder, tenantFolders } from '../../store/index.ts';
import { runPort } from '../../workflow/index.ts';
import { type Desk, type Outcome, type StateOptions, stateDirOf } from '../desk.ts';
import { exits } from '../failure.ts';
import { utc } from '../moments.ts';
import { drawRun, whoOf, wordOf } from '../run-sheet.ts';

interface RunsOptions extends StateOptions {
  /** One run in full; the newest of every tenant otherwise. */
  readonly id?: string | undefined;
  readonly lines: number;
  readonly json?: boolean;
}

/** `entra-mcp runs`: everybody's runs, in every tenant of the state folder; with an id, that one step by step. */
export async function runs(desk: Desk, options: RunsOptions): Outcome {
  const stateDir = stateDirOf(desk, options);
  return options.id === undefined ? list(desk, stateDir, options) : show(desk, stateDir, options.id, options);
}

async function list({ out, ports }: Desk, stateDir: string, { lines, json }: RunsOptions): Outcome {
  const found: (RunLine & { tenant: TenantFolder })[] = [];
  let total = 0;
  for (const tenant of tenantFolders(stateDir)) {
    const page = await withRuns(tenant, ports, (port) => port.list({ limit: lines, offset: 0 }));
    found.push(...page.runs.map((run) => ({ ...run, tenant })));
    total += page.total;
  }
  const newest = found.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt)).slice(0, lines);
  if (json === true) {
    const rows = newest.map(({ tenant: { tenantId, demo }, ...run }) => ({ tenantId, demo, ...run }));
    out.json(rows, 2);
    return exits.done;
  }
  const [first] = newest;
  if (first === undefined) {
    out.paragraph(`There is no run in ${stateDir}.`);
    return exits.done;
  }
  const titles = ['id', 'kind', 'status', 'time', 'whom', 'steps'];
  const rows = newest.map((run) => [run.runId, run.kind, statusOf(run), timeOf(run), whoOf(run), run.summary]);
  out.table(
    titles.map((title) => (title === 'whom' ? { title, ink: 'bold' } : { title })),
    rows,
  );
  out.line();
  if (total > newest.length) out.line(`These are the newest ${newest.length} of ${total}; -n shows more.`);
  out.line('To see one step by step, with what is left to do by hand:');
  out.line('  entra-mcp runs <id>');
  return exits.done;
}

function statusOf({ status, tenant }: RunLine & { tenant: TenantFolder }): string {
  return tenant.demo ? `${wordOf(status)} (demo)` : wordOf(status);
}

/** When it starts while that is to come, else when it was made. */
function timeOf({ status, startAt, createdAt }: RunLine): string {
  return status === 'scheduled' && startAt !== undefined ? `from ${utc(startAt)}` : utc(createdAt);
}

async function show({ out, ports }: Desk, stateDir: string, id: string, { json }: RunsOptions): Outcome {
  for (const tenant of tenantFolders(stateDir)) {
    const run = await withRuns(tenant, ports, (port) => foundIn(port, id));
    if (run === undefined) continue;
    const { tenantId, demo } = tenant;
    if (json === true) out.json({ tenantId, demo, ...run }, 2);
    else drawRun(run, demo ? `${tenantId} (demo)` : tenantId, out);
    return exits.done;
  }
  throw new ToolError('NOT_FOUND', {
    message: `There is no run with this id in ${stateDir}.`,
    fix: 'Check the id, and that ENTRA_MCP_STATE_DIR (or --state-dir) names the folder that the server uses.',
  });
}

async function foundIn(port: RunPort, id: string): Promise<RunReport | undefined> {
  try {
    return await port.get(id);
  } catch (error) {
    if (error instanceof ToolError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

/** Everybody's runs of a tenant. This process runs none of them: as an owner it only tells those that are gone. */
function withRuns<T>(tenant: TenantFolder, { clock }: Desk['ports'], work: (port: RunPort) => Promise<T>): Promise<T> {
  const { tenantId } = tenant;
  const owner = `${hostname()}:${process.pid}:runs`;
  return withState(tenant, ({ store }) => work(runPort({ tenantId, store, clock, owner })));
}
