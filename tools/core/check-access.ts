import { z } from 'zod';
import { type AccessReport, defineReadTool, missingFrom } from '../../src/contract/index.ts';

const names = z.array(z.string());

export default defineReadTool({
  name: 'check_access',
  title: 'Check what this server may do',
  description:
    'Tells who this server is in which tenant, its Graph permissions and which tools lack one, whether a human can approve, ' +
    'how many runs wait for resume_run, and Graph quota used. Call it after NOT_PERMITTED or before a long job.',
  toolset: 'core',
  permissions: [],
  input: z.strictObject({}),
  output: z.object({
    tenant: z.object({ id: z.string(), name: z.string().optional() }),
    cloud: z.string(),
    graphHost: z.string(),
    signIn: z.string(),
    identity: z.record(z.string(), z.string()).optional(),
    /** Absent where no token is sent: then nothing is known of permissions. */
    permissions: names.optional(),
    directoryRoles: names.optional(),
    /** Tools that lack a permission for all or part of what they do. A token is advice: Graph's 403 is the truth. */
    lacking: z.array(z.object({ tool: z.string(), permissions: names })).optional(),
    toolsets: names,
    tools: z.number(),
    readOnly: z.boolean(),
    approval: z.object({ ready: z.boolean(), pin: z.boolean(), signIn: z.boolean(), fix: z.string().optional() }),
    /** Your runs that wait: list_runs names them. */
    runsWaiting: z.number().optional(),
    usage: z.record(z.string(), z.number()),
  }),
  async run(_input, { access, runs }) {
    const report = await access.identity();
    const { total: runsWaiting } = await runs.list({ status: 'waiting', offset: 0, limit: 1 });
    return {
      tenant: report.tenant,
      cloud: report.cloud,
      graphHost: report.graphHost,
      signIn: report.signIn,
      ...identified(report),
      toolsets: [...report.toolsets],
      tools: report.tools.length,
      readOnly: report.readOnly,
      approval: approvalOf(report),
      ...(runsWaiting === 0 ? {} : { runsWaiting }),
      usage: { ...report.usage },
    };
  },
});

function identified({ claims, tools }: AccessReport) {
  if (claims === undefined) return {};
  const granted = claims.kind === 'app' ? claims.roles : claims.scopes;
  const { kind, appId, oid, userPrincipalName } = claims;
  return {
    identity: {
      kind,
      ...(appId === undefined ? {} : { appId }),
      ...(oid === undefined ? {} : { oid }),
      ...(userPrincipalName === undefined ? {} : { userPrincipalName }),
    },
    permissions: granted.toSorted(),
    directoryRoles: [...claims.directoryRoles],
    lacking: tools
      .map((tool) => ({ tool: tool.name, permissions: missingFrom(granted, tool.permissions) }))
      .filter((tool) => tool.permissions.length > 0),
  };
}

function approvalOf({ approval: { pin, signIn } }: AccessReport) {
  const ready = pin || signIn;
  const fix = 'Nobody can approve changes yet: a person runs `entra-mcp approver set-pin` in a terminal.';
  return { ready, pin, signIn, ...(ready ? {} : { fix }) };
}
