import { ProtocolError, ProtocolErrorCode, Server, type Transport } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { type CallHost, callerOf, toolCallHandler, tracked } from './call.ts';
import type { Introduction } from './introduction.ts';
import { planCard } from './resources.ts';
import { DefaultJsonSchemaValidator } from './sdk-shims.ts';

/** Lists are the same for the life of the process. */
const listLifetime = { ttlMs: 3_600_000, cacheScope: 'private' } as const;

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
  const { serverInfo, capabilities, instructions, lists } = introduction;
  const server = new Server(serverInfo, {
    capabilities,
    instructions,
    jsonSchemaValidator: new DefaultJsonSchemaValidator(),
    cacheHints: {
      'tools/list': listLifetime,
      'resources/list': listLifetime,
      'resources/templates/list': listLifetime,
      'prompts/list': listLifetime,
    },
  });
  server.setRequestHandler('tools/list', () => lists['tools/list']);
  server.setRequestHandler('tools/call', toolCallHandler(host, server, era));
  addResources(server, host, introduction);
  addPrompts(server, introduction);
  server.setRequestHandler('completion/complete', async ({ params }, { mcpReq }) => {
    const { completed } = await import('./completion.ts');
    return tracked(host, completed(params, introduction, host.ports, mcpReq.signal));
  });
  return server;
}

function addResources(server: Server, host: CallHost, { lists, resources }: Introduction): void {
  server.setRequestHandler('resources/list', () => lists['resources/list']);
  server.setRequestHandler('resources/templates/list', () => lists['resources/templates/list']);
  server.setRequestHandler('resources/read', async ({ params }, context) => {
    if (resources.hasPlanCard && params.uri === planCard.uri)
      return (await import('./card-document.ts')).planCardContents;
    const [pipeline, { readResource }] = await Promise.all([host.pipeline(), import('./resource-reading.ts')]);
    const { signal } = context.mcpReq;
    const call = { caller: callerOf(context, host.ports, server), signal, canAsk: false, progress: () => {} };
    return tracked(host, readResource(params.uri, resources, pipeline, call));
  });
}

function addPrompts(server: Server, { lists, prompts }: Introduction): void {
  const list = lists['prompts/list'];
  if (list === undefined) return;
  server.setRequestHandler('prompts/list', () => list);
  server.setRequestHandler('prompts/get', async ({ params }) => {
    const card = prompts.find(({ name }) => name === params.name);
    if (card === undefined) {
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'This server has no prompt of this name.');
    }
    const { promptText } = await import('./prompt-texts.ts');
    return promptText(card, params.arguments);
  });
}
