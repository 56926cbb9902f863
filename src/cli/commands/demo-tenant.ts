import { ToolError } from '../../contract/index.ts';
import type { Desk, Outcome } from '../desk.ts';
import { exits } from '../failure.ts';
import { noteworthyAccounts } from '../noteworthy.ts';
import type { RunningDemo } from '../ports.ts';
import { aborted, untilAskedToEnd } from '../stopping.ts';

interface DemoOptions {
  readonly port?: number;
  readonly users?: number;
  readonly seed?: number;
  /** What goes wrong: docs/demo-tenant.md has the language. */
  readonly faults?: string;
}

/** `entra-mcp demo-tenant`: a simulated Graph on loopback, until it is told to end. Its URL is the first line of stdout. */
export async function demoTenant(desk: Desk, { port, users, seed, faults }: DemoOptions): Outcome {
  return untilAskedToEnd(async (end) => {
    const demo = await started(desk, {
      ...(port === undefined ? {} : { port }),
      ...(users === undefined ? {} : { users }),
      ...(seed === undefined ? {} : { seed }),
      ...(faults === undefined ? {} : { faults }),
    });
    try {
      desk.out.line(demo.url);
      // Looking for the accounts would use up faults that are meant for others.
      await tellHow(demo, desk, faults === undefined);
      await aborted(end);
    } finally {
      await demo.close();
    }
    return exits.done;
  });
}

async function started({ ports }: Desk, options: DemoOptions): Promise<RunningDemo> {
  try {
    return await ports.startDemo(options);
  } catch (cause) {
    throw (await refusalOf(cause, options)) ?? cause;
  }
}

async function refusalOf(cause: unknown, { port }: DemoOptions): Promise<ToolError | undefined> {
  if (cause instanceof RangeError) {
    return new ToolError('INPUT_INVALID', {
      message: `${cause.message}.`,
      fix: 'Choose another value: docs/demo-tenant.md says what each option takes.',
      cause,
    });
  }
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return undefined;
  return new ToolError('CONFLICT', {
    message: `Port ${port} cannot be had on this machine.`,
    fix: 'Choose another one, or leave out --port to take any that is free.',
    cause,
  });
}

async function tellHow(demo: RunningDemo, { out, ports }: Desk, withAccounts: boolean): Promise<void> {
  out.line();
  out.paragraph(
    `A simulated Microsoft Graph, in memory: tenant ${demo.tenantId}, domain ${demo.domain}. Any Graph client can be pointed at ` +
      'it; no token is needed. It is gone when this process ends.',
  );
  out.line();
  out.line('To serve it to an MCP client:');
  out.line(`  ENTRA_MCP_GRAPH_URL=${demo.url} ENTRA_MCP_AUTH=none ${ports.self.join(' ')} serve`);
  const accounts = withAccounts ? await noteworthyAccounts(demo.url) : [];
  if (accounts.length === 0) return;
  out.line();
  out.line('Accounts to try:');
  out.table(
    [{ title: '' }, { title: '', ink: 'dim' }],
    accounts.map(({ userPrincipalName, why }) => [userPrincipalName, why]),
    '  ',
  );
}
