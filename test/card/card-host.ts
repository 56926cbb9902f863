import { createServer } from 'node:http';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, BrowserContextOptions, Frame, Page } from 'playwright-core';
import type { CallResult, TestClient } from '../server/clients.ts';

/** What a host lets a card do unless it is told otherwise. */
const capabilities = { serverTools: {}, openLinks: {}, updateModelContext: { text: {} } };

/** The policy of the extension for a card that names no domains. */
const strictest = [
  "default-src 'none'",
  "script-src 'self' 'unsafe-inline'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "media-src 'self' data:",
  "connect-src 'none'",
].join('; ');

export interface CardOptions extends BrowserContextOptions {
  readonly theme?: 'light' | 'dark';
  readonly capabilities?: object;
  /** Heard before a call of the card reaches the server; what it throws is the host's refusal. */
  readonly onCall?: (name: string) => void;
}

/** A card on a host's page. */
export interface ShownCard {
  readonly tab: Page;
  readonly frame: Frame;
  /** What the card called, in order. */
  readonly calls: readonly string[];
  /** What the card told the host for its model, and the addresses it asked it to open. */
  heard(): Promise<{ contexts: { content: { text: string }[] }[]; links: string[] }>;
  close(): Promise<void>;
}

/**
 * Shows an answer of a tool as a host does: its page on one origin, the card in a sandbox on another, between them nothing but
 * messages, and behind the host the MCP client.
 */
export async function shownCard(
  browser: Browser,
  client: TestClient,
  { args, answer }: { args: object; answer: CallResult },
  { theme = 'light', capabilities: own = capabilities, onCall, ...options }: CardOptions = {},
): Promise<ShownCard> {
  const sandbox = await served(await client.card('ui://entra-mcp/plan'), { 'content-security-policy': strictest });
  const host = await served(await hostPage());
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', colorScheme: theme, ...options });
  context.setDefaultTimeout(15_000);
  const tab = await context.newPage();
  const calls: string[] = [];
  await tab.exposeFunction('callServer', async (params: { name: string; arguments: Record<string, unknown> }) => {
    calls.push(params.name);
    onCall?.(params.name);
    return resultOf(await client.call(params.name, params.arguments));
  });
  await tab.goto(host.address);
  const shown = { address: sandbox.address, theme, capabilities: own, args, result: resultOf(answer) };
  await tab.evaluate(`window.show(${JSON.stringify(shown)})`);
  const frame = tab.frame({ url: sandbox.address });
  if (frame === null) throw new Error('No card');
  return {
    ...{ tab, frame, calls },
    heard: () => tab.evaluate('window.heard'),
    close: async () => {
      await context.close();
      await Promise.all([sandbox.close(), host.close()]);
    },
  };
}

/** The answer as MCP has it. */
function resultOf({ text, data, isError, meta }: CallResult) {
  return { content: [{ type: 'text', text }], structuredContent: data, isError, _meta: meta };
}

let bundled: Promise<string> | undefined;

/** The host's page, bundled once. */
function hostPage(): Promise<string> {
  bundled ??= build({
    entryPoints: [join(import.meta.dirname, 'host-page.js')],
    bundle: true,
    write: false,
    format: 'esm',
    legalComments: 'none',
  }).then(({ outputFiles }) => {
    const script = outputFiles
      .map(({ text }) => text)
      .join('')
      .replaceAll('</script', '<\\/script');
    const style = 'iframe { width: 100%; border: 0 } body { margin: 1rem }';
    const frame = '<iframe title="Card" sandbox="allow-scripts"></iframe>';
    return `<!doctype html><title>host</title><style>${style}</style>${frame}<script type="module">${script}</script>`;
  });
  return bundled;
}

/** One document on an origin of its own. */
async function served(html: string, headers: Record<string, string> = {}) {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('Not listening');
  return {
    address: `http://127.0.0.1:${address.port}/`,
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
