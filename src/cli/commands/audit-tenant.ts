import { z } from 'zod';
import {
  compareWithEntra,
  type EntraActivity,
  type EntraIdentity,
  type EntraVerdict,
  type RecordedWrite,
  withState,
} from '../../approval/index.ts';
import { type GraphReader, isGuid, path, type TokenClaims, ToolError } from '../../contract/index.ts';
import type { TenantFolder } from '../../store/index.ts';
import type { Desk, StateOptions } from '../desk.ts';
import type { Checkup } from '../doctor/checkup.ts';
import { utc } from '../moments.ts';
import type { Screen } from '../screen/screen.ts';

/** A tenant that can be asked, and who this server is there. */
export interface Connection {
  readonly tenantId: string;
  readonly identity: EntraIdentity;
  readonly graph: GraphReader;
  close(): Promise<void>;
}

/** Signs in to the tenant that the settings name. @throws ConfigError, ToolError. */
export async function connect(desk: Desk, { envFile }: StateOptions): Promise<Connection> {
  const setup = await desk.ports.setup({ demo: false, ...(envFile === undefined ? {} : { envFile }) });
  const checkup = await setup.open();
  try {
    const claims = (await checkup.tokens.token())?.claims;
    const graph = checkup.graph.reader({ signal: new AbortController().signal, lane: 'bulk' });
    const tenantId = await tenantOf(checkup, claims, graph);
    return { tenantId, identity: identityOf(checkup, claims), graph, close: () => checkup.close() };
  } catch (error) {
    await checkup.close();
    throw error;
  }
}

const organization = z.object({ id: z.string() });

async function tenantOf({ config }: Checkup, claims: TokenClaims | undefined, graph: GraphReader): Promise<string> {
  if (claims?.tid !== undefined) return claims.tid;
  if (config.tenantId !== undefined && isGuid(config.tenantId)) return config.tenantId;
  const { items } = await graph.page(path`/organization`, organization);
  const [found] = items;
  if (found !== undefined) return found.id;
  throw new ToolError('CONFIG_INVALID', {
    message: 'Graph does not say which tenant this is.',
    fix: "Set AZURE_TENANT_ID to the tenant's id, a GUID.",
  });
}

function identityOf({ config }: Checkup, claims: TokenClaims | undefined): EntraIdentity {
  if (claims?.kind === 'user' && claims.oid !== undefined) return { kind: 'user', objectId: claims.oid };
  const appId = claims?.appId ?? config.clientId;
  if (appId !== undefined) return { kind: 'app', appId };
  throw new ToolError('CONFIG_INVALID', {
    message: 'Nothing says which app this server is for Entra.',
    fix: 'Set AZURE_CLIENT_ID to the application (client) id that its requests carry.',
  });
}

/** Compares a trail with Entra's log and draws what came of it. True where Entra has no change that the trail lacks. */
export async function drawComparison(tenant: TenantFolder, connection: Connection, desk: Desk): Promise<boolean> {
  const { out, ports } = desk;
  const { identity, graph } = connection;
  const verdict = await withState(tenant, ({ store }) =>
    compareWithEntra({ store, tenantId: tenant.tenantId, identity }, graph, ports.clock.now()),
  );
  drawSummary(verdict, identity, out);
  if (verdict.missing.length > 0) drawMissing(verdict.missing, out);
  if (verdict.unrecorded.length > 0) drawUnrecorded(verdict.unrecorded, identity, out);
  return verdict.unrecorded.length === 0;
}

function drawSummary(
  { since, writes, found, pending, older }: EntraVerdict,
  identity: EntraIdentity,
  out: Screen,
): void {
  const who = identity.kind === 'app' ? `app ${identity.appId}` : `user ${identity.objectId}`;
  if (since === undefined) {
    out.paragraph('Nothing is on record yet, so there is nothing to compare.', { first: '  ' });
    return;
  }
  out.paragraph(`Compared with Entra's audit log of ${who}, from ${momentOf(since)} on.`, { first: '  ' });
  out.paragraph(`On record: ${counted(writes, 'write')}. In Entra's log: ${found}.`, { first: '  ' });
  if (pending.length > 0)
    out.paragraph(`${counted(pending.length, 'write')} not there yet: Entra logs minutes after the fact.`, {
      first: '  ',
    });
  if (older > 0)
    out.paragraph(`${counted(older, 'older write')} can no longer be compared: Entra keeps its log for 7 or 30 days.`, {
      first: '  ',
    });
}

function drawMissing(missing: readonly RecordedWrite[], out: Screen): void {
  out.paragraph(`${counted(missing.length, 'write')} on record, and not in Entra's log:`, {
    first: '  ',
    ink: 'yellow',
  });
  const cells = missing.map(({ seq, at, method, template, planId, clientRequestId }) => [
    String(seq),
    momentOf(at),
    planId?.slice(0, 8) ?? '',
    `${method} ${template}`,
    clientRequestId,
  ]);
  const columns = ['#', 'time', 'plan', 'request', 'client-request-id'].map((title) => ({ title }));
  out.table(columns, cells, '  ');
}

function drawUnrecorded(unrecorded: readonly EntraActivity[], identity: EntraIdentity, out: Screen): void {
  const who = identity.kind === 'app' ? 'this app' : 'this user';
  out.paragraph(`${counted(unrecorded.length, 'change')} made as ${who} that this server has no record of:`, {
    first: '  ',
    ink: 'red',
  });
  const cells = unrecorded.map(({ at, activity, result, targets, correlationId }) => [
    momentOf(at),
    result === 'success' || result === '' ? activity : `${activity} (${result})`,
    targets.map(({ name }) => name).join(', '),
    correlationId,
  ]);
  out.table([{ title: 'time' }, { title: 'activity' }, { title: 'of' }, { title: 'correlation id' }], cells, '  ');
  out.paragraph(
    identity.kind === 'app'
      ? 'Another program has its credential, or another server with a state of its own. If neither should be, replace the credential.'
      : 'They may have made it elsewhere, in the admin center say. Ask them.',
    { first: '  ' },
  );
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function momentOf(at: number): string {
  return utc(new Date(at).toISOString());
}
