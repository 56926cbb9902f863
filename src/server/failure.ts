import { randomUUID } from 'node:crypto';
import { type Tool, ToolError } from '../contract/index.ts';
import type { ServerPorts } from './ports.ts';

/**
 * What the client is told of a throw: a ToolError as it is, CANCELLED when the call was stopped, INTERNAL otherwise, with
 * an id that names the entry in the log and nothing of the cause.
 */
export async function failureOf(thrown: unknown, call: FailedCall, ports: ServerPorts): Promise<ToolError> {
  if (call.signal.aborted && !isOutcome(thrown)) return cancelled(thrown);
  if (!(thrown instanceof ToolError)) return internal(thrown, call, ports);
  if (thrown.code === 'NOT_PERMITTED' && call.tool !== undefined) return withPermissions(thrown, call.tool);
  return thrown;
}

/** The call that failed. */
export interface FailedCall {
  readonly name: string;
  readonly tool: Tool | undefined;
  readonly signal: AbortSignal;
}

/** A stopped call still says it when a change may have been made. */
function isOutcome(thrown: unknown): boolean {
  return thrown instanceof ToolError && thrown.code === 'OUTCOME_UNKNOWN';
}

function cancelled(cause: unknown): ToolError {
  if (cause instanceof ToolError && cause.code === 'CANCELLED') return cause;
  return new ToolError('CANCELLED', {
    message: 'The call was cancelled before it was finished.',
    fix: 'Call again if it is still wanted; for a change, look at its plan with get_plan first.',
    cause,
  });
}

async function internal(thrown: unknown, call: FailedCall, ports: ServerPorts): Promise<ToolError> {
  const errorId = randomUUID();
  await ports
    .log()
    .then((log) => log.error({ errorId, tool: call.tool?.name, err: thrown }, 'a tool call failed'))
    .catch(() => {});
  return new ToolError('INTERNAL', {
    message: 'The server failed in a way it does not know.',
    fix: `Report it with the entry ${errorId} of the server's log. Before repeating a change, read the object back.`,
    detail: { errorId },
    cause: thrown,
  });
}

function withPermissions(error: ToolError, tool: Tool): ToolError {
  const { detail, retryAfterMs, requestId } = error;
  return new ToolError('NOT_PERMITTED', {
    message: error.message,
    fix: error.fix,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(requestId === undefined ? {} : { requestId }),
    detail: {
      permissions: tool.permissions,
      consent:
        'An administrator has to grant these Microsoft Graph permissions to the app registration and consent to them.',
      ...detail,
    },
    cause: error,
  });
}
