import { Client as ClientV2, type Transport as TransportV2 } from '@modelcontextprotocol/client';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport as TransportV1 } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CallToolResultSchema,
  ElicitationCompleteNotificationSchema,
  ElicitRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { noteOutput } from '../secrets/outputs.ts';

/** The clients that every behaviour is tried with: both SDK lines, and both protocol eras. */
export const clientKinds = ['v1', 'v2 legacy', 'v2 auto', 'v2 pinned to 2026-07-28'] as const;
export type ClientKind = (typeof clientKinds)[number];

/** What a client's user does when asked. */
export type Form = (message: string) => Promise<FormAnswer>;
export interface FormAnswer {
  readonly action: 'accept' | 'decline' | 'cancel';
  readonly content?: { [field: string]: string };
}

/** What a client's user does when asked to open an address. */
export type Open = (asked: { message: string; url: string; elicitationId?: string }) => Promise<FormAnswer>;

/** What a client declares that it can show its user. */
export interface Shows {
  readonly form?: Form | undefined;
  readonly open?: Open;
  /** Told of each page that is done with. */
  readonly onOpened?: (elicitationId: string) => void;
  /** MCP Apps. */
  readonly cards?: boolean;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onprogress?: (progress: { progress: number; message?: string | undefined }) => void;
}

/** What a tool call came to. */
export interface CallResult {
  readonly text: string;
  readonly data: Record<string, unknown>;
  readonly isError: boolean;
  /** What only hosts and cards see. */
  readonly meta: Record<string, unknown>;
}

/** What an argument belongs to. */
export type Reference = { type: 'ref/prompt'; name: string } | { type: 'ref/resource'; uri: string };

/** One client, whatever its SDK. */
export interface TestClient {
  tools(): Promise<{ name: string; outputSchema?: unknown; inputSchema: unknown; annotations?: unknown }[]>;
  call(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<CallResult>;
  templates(): Promise<{ uriTemplate: string; mimeType?: string | undefined }[]>;
  resources(): Promise<{ uri: string; name: string; mimeType?: string | undefined }[]>;
  /** The text of a resource, parsed. */
  read(uri: string): Promise<unknown>;
  /** The text of a card. */
  card(uri: string): Promise<string>;
  prompts(): Promise<{ name: string; arguments?: { name: string; required?: boolean | undefined }[] | undefined }[]>;
  /** The text of a prompt. */
  prompt(name: string, args?: Record<string, string>): Promise<string>;
  complete(ref: Reference, name: string, value: string): Promise<string[]>;
  capabilities(): object | undefined;
  version(): string | undefined;
  server(): { name: string; version: string } | undefined;
  instructions(): string | undefined;
  close(): Promise<void>;
}

const info = { name: 'test', version: '1' };

/** Connects a client. It declares what `shows` has, a form where that is all, and answers with it. */
export function connected(
  kind: ClientKind,
  transport: TransportV1 & TransportV2,
  shows: Form | Shows = {},
): Promise<TestClient> {
  const all = typeof shows === 'function' ? { form: shows } : shows;
  return kind === 'v1' ? connectedV1(transport, all) : connectedV2(kind, transport, all);
}

function capabilitiesOf({ form, open, cards }: Shows) {
  const elicitation = { ...(form === undefined ? {} : { form: {} }), ...(open === undefined ? {} : { url: {} }) };
  const ui = { 'io.modelcontextprotocol/ui': { mimeTypes: ['text/html;profile=mcp-app'] } };
  return {
    ...(form === undefined && open === undefined ? {} : { elicitation }),
    ...(cards === true ? { extensions: ui } : {}),
  };
}

/** Answers as the user would. */
function answerTo(params: { mode?: string | undefined; message: string }, { form, open }: Shows): Promise<FormAnswer> {
  if ('url' in params && params.mode === 'url') {
    const { message, url } = params;
    const id = 'elicitationId' in params ? { elicitationId: String(params.elicitationId) } : {};
    if (open !== undefined) return open({ message, url: String(url), ...id });
  } else if (form !== undefined) return form(params.message);
  throw new Error('Asked for what was not declared');
}

async function connectedV1(transport: TransportV1, shows: Shows): Promise<TestClient> {
  const capabilities = capabilitiesOf(shows);
  const client = new ClientV1(info, { capabilities });
  if ('elicitation' in capabilities) {
    client.setRequestHandler(ElicitRequestSchema, async ({ params }) => ({ ...(await answerTo(params, shows)) }));
    client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) =>
      shows.onOpened?.(params.elicitationId),
    );
  }
  await client.connect(transport);
  return {
    tools: async () => (await client.listTools()).tools,
    call: async (name, args = {}, options = {}) =>
      resultOf(await client.callTool({ name, arguments: args }, CallToolResultSchema, options)),
    ...offersOf(client),
    version: () => undefined,
    server: () => client.getServerVersion(),
    instructions: () => client.getInstructions(),
    close: () => client.close(),
  };
}

async function connectedV2(kind: ClientKind, transport: TransportV2, shows: Shows): Promise<TestClient> {
  const capabilities = capabilitiesOf(shows);
  const mode = { 'v2 auto': 'auto' as const, 'v2 legacy': 'legacy' as const, v1: 'legacy' as const };
  const client = new ClientV2(info, {
    capabilities,
    versionNegotiation: { mode: kind === 'v2 pinned to 2026-07-28' ? { pin: '2026-07-28' } : mode[kind] },
  });
  if ('elicitation' in capabilities) {
    client.setRequestHandler('elicitation/create', async ({ params }) => ({ ...(await answerTo(params, shows)) }));
    client.setNotificationHandler('notifications/elicitation/complete', ({ params }) =>
      shows.onOpened?.(params.elicitationId),
    );
  }
  await client.connect(transport);
  return {
    tools: async () => (await client.listTools()).tools,
    call: async (name, args = {}, options = {}) => resultOf(await client.callTool({ name, arguments: args }, options)),
    ...offersOf(client),
    version: () => client.getNegotiatedProtocolVersion(),
    server: () => client.getServerVersion(),
    instructions: () => client.getInstructions(),
    close: () => client.close(),
  };
}

/** What both SDK lines call the same. */
function offersOf(client: ClientV1 | ClientV2) {
  return {
    templates: async () => (await client.listResourceTemplates()).resourceTemplates,
    resources: async () => (await client.listResources()).resources,
    read: async (uri: string) => {
      const [first] = (await client.readResource({ uri })).contents;
      if (first === undefined || !('text' in first) || first.mimeType !== 'application/json') {
        throw new Error(`Not JSON: ${JSON.stringify(first)}`);
      }
      return JSON.parse(first.text);
    },
    card: async (uri: string) => {
      const [first] = (await client.readResource({ uri })).contents;
      if (first === undefined || !('text' in first) || first.mimeType !== 'text/html;profile=mcp-app') {
        throw new Error(`No card: ${JSON.stringify(first)}`);
      }
      return first.text;
    },
    prompts: async () => (await client.listPrompts()).prompts,
    prompt: async (name: string, args: Record<string, string> = {}) => {
      const { messages } = await client.getPrompt({ name, arguments: args });
      return messages.map(({ content }) => ('text' in content ? content.text : '')).join('\n');
    },
    complete: async (ref: Reference, name: string, value: string) =>
      (await client.complete({ ref, argument: { name, value } })).completion.values,
    capabilities: () => client.getServerCapabilities(),
  };
}

function resultOf(result: object): CallResult {
  noteOutput('answer', JSON.stringify(result));
  const content = 'content' in result && Array.isArray(result.content) ? result.content : [];
  const data = 'structuredContent' in result ? result.structuredContent : undefined;
  return {
    text: content.map((part) => String(part.text)).join('\n'),
    data: typeof data === 'object' && data !== null ? { ...data } : {},
    isError: 'isError' in result && result.isError === true,
    meta: '_meta' in result && typeof result._meta === 'object' ? { ...result._meta } : {},
  };
}
