import { createPipeline, type ToolAnswer } from '../../server/index.ts';
import type { Desk, Outcome } from '../desk.ts';
import { exits } from '../failure.ts';
import type { OpenServer } from '../ports.ts';
import { untilAskedToEnd } from '../stopping.ts';

interface CallOptions {
  readonly tool: string;
  readonly args: unknown;
  readonly demo: boolean;
  readonly envFile?: string;
}

/**
 * `entra-mcp call`: one tool, through the pipeline that MCP clients use. stdout gets `structuredContent` and nothing else;
 * what a person should know beside it goes to stderr.
 */
export async function call(desk: Desk, { tool, args, demo, envFile }: CallOptions): Outcome {
  const server = await desk.ports.openServer({ demo, ...(envFile === undefined ? {} : { envFile }) });
  try {
    const answer = await answered(desk, server, { tool, args });
    desk.out.json(answer.structuredContent, 2);
    tell(desk, answer, demo);
    return answer.isError === true ? exits.failed : exits.done;
  } finally {
    await server.close();
  }
}

async function answered(
  desk: Desk,
  server: OpenServer,
  { tool, args }: { tool: string; args: unknown },
): Promise<ToolAnswer> {
  const { ports } = server;
  const outcome = await untilAskedToEnd((signal) =>
    createPipeline(ports).call({
      name: tool,
      args,
      caller: { requester: ports.requester, clientId: `entra-mcp call/${desk.ports.version}`, transport: 'stdio' },
      signal,
      canAsk: false,
      progress: (message) => desk.err.line({ text: message, ink: 'dim' }),
    }),
  );
  if (outcome.kind === 'ask') throw new TypeError('Nobody can be asked here');
  return outcome.answer;
}

/** The lines that lead to the next step: why it failed, or how to approve. */
function tell({ err, ports }: Desk, { isError, structuredContent }: ToolAnswer, demo: boolean): void {
  const { error, status, plan } = structuredContent;
  if (isError === true) {
    err.paragraph(textOf(error, 'message'), { first: 'entra-mcp: ', rest: '  ', ink: 'red' });
    err.paragraph(textOf(error, 'fix'), { first: '  ' });
  }
  if (status !== 'approval_required') return;
  if (demo) {
    err.paragraph(
      'Nothing has changed. The demo tenant of this call has ended with it, and the plan too: use serve --demo.',
    );
    return;
  }
  err.line('Nothing has changed yet. A person approves the plan with this command, and it is applied with the next:');
  // Commands are copied: they stay on one line each.
  err.line(`  ${textOf(fieldOf(plan, 'approve'), 'command')}`);
  err.line(`  ${ports.self.join(' ')} call apply_plan '{"planId":"${textOf(plan, 'id')}"}'`);
}

function textOf(value: unknown, name: string): string {
  const field = fieldOf(value, name);
  return typeof field === 'string' ? field : '';
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}
