import { Server } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';

/** An MCP server that offers nothing: a tour of it must fail. */
serveStdio(() => {
  const server = new Server({ name: 'toolless', version: '0' }, { capabilities: { tools: {} } });
  server.setRequestHandler('tools/list', () => ({ tools: [] }));
  return server;
});
