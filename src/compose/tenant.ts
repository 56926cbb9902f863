import { hostname } from 'node:os';
import { z } from 'zod';
import { AuditFile, createGate, type GateSettings, type PolicyPort } from '../approval/index.ts';
import { createTokenSource, type DeviceCodePrompt } from '../auth/index.ts';
import { type Config, cloudOf, foreignHosts } from '../config/index.ts';
import {
  type AccessPort,
  type GraphPort,
  isGuid,
  type Log,
  path,
  type TokenClaims,
  type TokenSource,
  ToolError,
} from '../contract/index.ts';
import { createGraphPort } from '../graph/index.ts';
import type { TenantSession } from '../server/ports.ts';
import { openState, type StateStore, tenantFolder } from '../store/index.ts';
import { createWorkflows } from '../workflow/index.ts';
import { approverFor } from './approver.ts';
import { approveCommand } from './command-line.ts';
import { type DemoChoice, openDemo } from './demo.ts';
import { directoryPart } from './directory.ts';
import { grantedOf } from './granted.ts';
import { inventory, servedBy } from './inventory.ts';
import { approvalPage } from './page.ts';
import type { Place } from './place.ts';
import { startSchedule } from './schedule.ts';
import { systemClock, systemRandom } from './system.ts';

/** A session that can be closed. */
export interface OpenTenant extends TenantSession {
  close(): Promise<void>;
}

interface TenantOptions {
  readonly config: Config;
  readonly demo: DemoChoice;
  readonly place: Place;
  readonly log: Log;
  /** Whether this process lives long enough for a human to approve on a page of it. */
  readonly page: boolean;
  readonly policy: PolicyPort | undefined;
}

const stdioTtlMs = 15 * 60 * 1000;

/** Builds everything that belongs to one tenant. Nothing is module-global: a process may hold several. */
export async function openTenant({
  config: asked,
  demo: choice,
  place,
  log,
  policy,
  ...options
}: TenantOptions): Promise<OpenTenant> {
  const { demo } = choice;
  const built = demo ? await openDemo(asked, choice) : undefined;
  const config = built?.config ?? asked;
  const cloud = cloudOf(config);
  const hosts = demo ? [] : foreignHosts(config);
  const prompt = ({ userCode, verificationUri }: DeviceCodePrompt) => {
    process.stderr.write(`To sign in, open ${verificationUri} in a browser and enter the code ${userCode}\n`);
  };
  const tokens = createTokenSource({ config, clock: systemClock, log, prompt });
  const graph = createGraphPort({
    root: cloud.graphRoot,
    tokens,
    clock: systemClock,
    random: systemRandom,
    log,
    version: place.version,
    quota: config.graphQuota,
  });
  const claims = (await tokens.token())?.claims;
  const tenant = await tenantCard(config, claims, graph);
  const folder = tenantFolder(config.stateDir, tenant.id, demo);
  const approver = await approverFor(config, folder, { isServer: options.page });
  let committed = () => {};
  const store = await openState(folder, () => committed());
  const auditFile = auditFileOf({ config, store, tenantId: tenant.id, log });
  if (auditFile !== undefined) committed = () => auditFile.poke();
  const owner = `${hostname()}:${process.pid}:${Buffer.from(systemRandom.bytes(6)).toString('hex')}`;
  const { lifecycle, runs, runOf, lookAtInterrupted } = createWorkflows({
    ...{ tenantId: tenant.id, store, log, owner },
    ...{ clock: systemClock, random: systemRandom },
  });
  const page = options.page ? approvalPage({ open: { tenant: folder, store }, approver, config, log }) : undefined;
  const toolNamed = async (name: string) => {
    const { default: tools } = await import('../../tools/index.ts');
    const tool = tools.find((known) => known.name === name);
    const isServed = servedBy(asked, inventory(place)).some(({ definition }) => definition.name === name);
    return tool?.kind === 'change' && isServed ? tool : undefined;
  };
  const gate = createGate(
    {
      tenant: {
        ...tenant,
        cloud: demo ? 'demo' : cloud.name,
        foreignHosts: hosts,
        identity: identityOf(config, claims),
      },
      settings: gateSettings(config),
      graph,
      // Asked anew for each plan: what is granted meanwhile stands in a later token.
      granted: async () => grantedOf((await tokens.token())?.claims),
      store,
      lifecycle,
      runOf,
      policy,
      approver,
      clock: systemClock,
      random: systemRandom,
      log,
      // A tool that the settings no longer serve applies nothing either.
      tool: toolNamed,
      approveCommand: (planId) => approveCommand(planId, { place, config: asked }),
      ...(page === undefined ? {} : { page }),
    },
    owner,
  );
  const schedule = startSchedule({
    ...{ tenantId: tenant.id, store, gate, log },
    clock: systemClock,
    resumeRun: () => toolNamed('resume_run'),
  });
  const closing = new AbortController();
  const looking = lookAtInterrupted(graph.reader({ signal: closing.signal, lane: 'bulk' }), closing.signal).catch(
    (error: unknown) => log.error({ err: error }, 'interrupted runs'),
  );
  const directory = directoryPart({
    ...{ tenant, folder, config, graph, store, log, owner },
    clock: systemClock,
  });
  return {
    tenantId: tenant.id,
    graph,
    gate,
    runs,
    directory: directory.of,
    access: accessPort({
      config,
      cloud: demo ? 'demo' : cloud.name,
      graphRoot: cloud.graphRoot,
      tokens,
      graph,
      tenant,
      place,
      approval: () => ({ pin: approver.keys() !== undefined, signIn: approver.signIn !== undefined }),
    }),
    close: async () => {
      schedule.stop();
      closing.abort();
      await Promise.all([looking, gate.idle(), directory.close(), page?.close()]);
      await auditFile?.close();
      await graph.close();
      await store.destroy();
      await built?.close();
    },
  };
}

/** The copy of the trail that the settings ask for, begun. */
function auditFileOf(of: { config: Config; store: StateStore; tenantId: string; log: Log }): AuditFile | undefined {
  const { config, store, tenantId, log } = of;
  if (config.auditFile === undefined) return undefined;
  const file = new AuditFile({ store, tenantId, path: config.auditFile, clock: systemClock, log });
  file.start();
  return file;
}

function gateSettings(config: Config): GateSettings {
  return {
    confirm: config.confirm,
    trustElicitation: config.trustElicitation,
    protected: config.protected,
    approverGroup: config.approverGroup,
    planTtlMs: config.planTtlMs ?? stdioTtlMs,
  };
}

const organization = z.object({ id: z.string(), displayName: z.string().nullish() });

/** The tenant's id and name. The id comes from the settings or the token; the name only from Graph. */
async function tenantCard(
  config: Config,
  claims: TokenClaims | undefined,
  graph: GraphPort,
): Promise<{ id: string; name: string | undefined }> {
  const known = config.tenantId !== undefined && isGuid(config.tenantId) ? config.tenantId : claims?.tid;
  if (known !== undefined && claims?.tid !== undefined && claims.tid.toLowerCase() !== known.toLowerCase()) {
    throw new ToolError('AUTH_REQUIRED', {
      message: 'The sign-in belongs to another tenant than AZURE_TENANT_ID names.',
      fix: 'Correct AZURE_TENANT_ID, or sign in with an account or app of that tenant.',
    });
  }
  try {
    const { items } = await graph
      .reader({ signal: AbortSignal.timeout(10_000) })
      .page(path`/organization`, organization);
    const [found] = items;
    if (found !== undefined) return { id: (known ?? found.id).toLowerCase(), name: found.displayName ?? undefined };
  } catch (error) {
    if (known === undefined || (error instanceof ToolError && error.code === 'AUTH_REQUIRED')) throw error;
  }
  if (known === undefined) {
    throw new ToolError('CONFIG_INVALID', {
      message: 'Graph does not say which tenant this is.',
      fix: "Set AZURE_TENANT_ID to the tenant's id, a GUID.",
    });
  }
  return { id: known.toLowerCase(), name: undefined };
}

function identityOf(config: Config, claims: TokenClaims | undefined): string {
  if (claims?.kind === 'user' && claims.oid !== undefined) return `user:${claims.oid}`;
  return `app:${claims?.appId ?? config.clientId ?? 'none'}`;
}

interface AccessParts {
  readonly config: Config;
  readonly cloud: string;
  readonly graphRoot: string;
  readonly tokens: TokenSource;
  readonly graph: GraphPort;
  readonly tenant: { readonly id: string; readonly name: string | undefined };
  readonly place: Place;
  approval(): { readonly pin: boolean; readonly signIn: boolean };
}

function accessPort(parts: AccessParts): AccessPort {
  return {
    identity: async () => {
      const { default: tools } = await import('../../tools/index.ts');
      const entries = servedBy(parts.config, inventory(parts.place));
      const served = new Set(entries.map(({ definition }) => definition.name));
      const claims = (await parts.tokens.token())?.claims;
      const { id, name } = parts.tenant;
      return {
        tenant: { id, ...(name === undefined ? {} : { name }) },
        cloud: parts.cloud,
        graphHost: new URL(parts.graphRoot).host,
        signIn: parts.tokens.method,
        claims,
        readOnly: parts.config.readOnly,
        toolsets: [...new Set(entries.map(({ toolset }) => toolset))],
        tools: tools
          .filter((tool) => served.has(tool.name))
          .map((tool) => ({ name: tool.name, toolset: tool.toolset, permissions: tool.permissions })),
        approval: parts.approval(),
        usage: parts.graph.usage(),
      };
    },
  };
}
