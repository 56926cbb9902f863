import { Readable, type Stream } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Client, Tool } from '@modelcontextprotocol/client';
import { ToolError } from '../../contract/index.ts';

/** What a tool call answered. */
export interface AgentAnswer {
  readonly isError: boolean;
  readonly data: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** The agent's side: a real MCP client, and the server that it started over stdio. */
export interface Agent {
  /** The server as it names itself, and the protocol that both agreed on. */
  readonly server: string;
  tools(): Promise<readonly Tool[]>;
  call(name: string, args: Readonly<Record<string, unknown>>): Promise<AgentAnswer>;
  /** The end of what the server wrote to stderr. */
  log(): string;
  close(): Promise<void>;
}

interface ServerProcess {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const callTimeoutMs = 15_000;
const keptLog = 4_000;

/** Starts a server and connects to it. @throws ToolError where the client package is not installed. */
export async function connectAgent(server: ServerProcess, version: string): Promise<Agent> {
  const { Client, StdioClientTransport, getDefaultEnvironment } = await loadClient();
  // For the SDK's own class the client asks a second, short-lived server which protocol it speaks, and drops its stderr.
  const ServerChild = class extends StdioClientTransport {};
  const transport = new ServerChild({
    command: server.command,
    args: [...server.args],
    env: { ...getDefaultEnvironment(), ...server.env },
    stderr: 'pipe',
  });
  let log = '';
  transport.stderr?.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString('utf8')).slice(-keptLog);
  });
  // No capabilities: a client that cannot put a question to its user.
  const client = new Client(
    { name: 'entra-mcp-tour', version },
    { versionNegotiation: { mode: { pin: '2026-07-28' } } },
  );
  try {
    await client.connect(transport, { timeout: callTimeoutMs });
  } catch (cause) {
    await client.close();
    await lastWords(transport.stderr);
    throw new Error(`The server did not start. ${log.trim()}`, { cause });
  }
  return agentOf(client, () => log);
}

/** Waits for the end of what a process wrote: it may still be on its way when the process is gone. */
async function lastWords(stderr: Stream | null): Promise<void> {
  if (!(stderr instanceof Readable)) return;
  await finished(stderr, { writable: false, signal: AbortSignal.timeout(1_000) }).catch(() => {});
}

function agentOf(client: Client, log: () => string): Agent {
  const { name, version } = client.getServerVersion() ?? { name: '?', version: '?' };
  return {
    server: `${name} ${version}, protocol ${client.getNegotiatedProtocolVersion() ?? '?'}`,
    tools: async () => (await client.listTools(undefined, { timeout: callTimeoutMs })).tools,
    call: async (tool, args) => {
      const answer = await client.callTool({ name: tool, arguments: { ...args } }, { timeout: callTimeoutMs });
      const { structuredContent } = answer;
      const isObject = typeof structuredContent === 'object' && structuredContent !== null;
      return {
        isError: answer.isError === true,
        data: isObject ? { ...structuredContent } : {},
        text: answer.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n'),
      };
    },
    log,
    close: () => client.close(),
  };
}

async function loadClient() {
  try {
    const [{ Client }, stdio] = await Promise.all([
      import('@modelcontextprotocol/client'),
      import('@modelcontextprotocol/client/stdio'),
    ]);
    return { Client, ...stdio };
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND';
    if (!isMissing) throw cause;
    throw new ToolError('UPSTREAM', {
      message: 'The tour needs the package @modelcontextprotocol/client, which is not installed.',
      fix: 'Run it in a checkout after `npm ci`, or get the package: npm install --no-save @modelcontextprotocol/client',
      cause,
    });
  }
}
