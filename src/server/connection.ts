import { Server, type Transport } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { type CallHost, toolCallHandler } from './call.ts';
import type { Introduction } from './introduction.ts';
import { DefaultJsonSchemaValidator } from './sdk-shims.ts';

/** `tools/list` is the same for the life of the process. */
const listLifetimeMs = 3_600_000;

/** Puts the SDK on a transport: it tells the protocol eras apart and speaks both. */
export function connect(
  host: CallHost,
  introduction: Introduction,
  transport: Transport,
  report: (error: Error) => void,
) {
  serveStdio(({ era }) => serverOf(host, introduction, era), { transport, onerror: report });
}

function serverOf(host: CallHost, introduction: Introduction, era: 'legacy' | 'modern'): Server {
  const { serverInfo, capabilities, instructions, tools } = introduction;
  const server = new Server(serverInfo, {
    capabilities,
    instructions,
    jsonSchemaValidator: new DefaultJsonSchemaValidator(),
    cacheHints: { 'tools/list': { ttlMs: listLifetimeMs, cacheScope: 'private' } },
  });
  server.setRequestHandler('tools/list', () => ({ tools }));
  server.setRequestHandler('tools/call', toolCallHandler(host, server, era));
  return server;
}
