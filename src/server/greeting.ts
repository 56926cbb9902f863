import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import type { Introduction } from './introduction.ts';

/** Protocol versions that are agreed on by `initialize`, newest first: those of the SDK. */
export const initializedVersions = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05', '2024-10-07'];

/** A message that needs no SDK. */
export interface Greeted {
  readonly reply?: JSONRPCMessage;
  /** True where the SDK has to see the message too, once it is loaded; its own reply is then dropped. */
  readonly isReplayed: boolean;
}

/** Answers a message, or undefined: then the SDK is loaded for it and for all that follow. */
export type Greeter = (message: JSONRPCMessage) => Greeted | undefined;

/**
 * Answers the opening of an `initialize` client word for word as the SDK would, without loading it: most of a start is the
 * SDK building its schemas. Whatever is not exactly such an opening is left to the SDK.
 */
export function greeterOf(introduction: Introduction): Greeter {
  const lists = new Map<string, Record<string, unknown>>(Object.entries(introduction.lists));
  let isGreeted = false;
  return (message) => {
    if (!('method' in message)) return undefined;
    if (!('id' in message)) return isGreeted && message.method === 'notifications/initialized' ? noted : undefined;
    if (!isGreeted) {
      const requested = requestedVersion(message);
      isGreeted = requested !== undefined;
      return requested === undefined ? undefined : initialized(message.id, requested, introduction);
    }
    const result = lists.get(message.method);
    const isPlain = message.params?.['cursor'] === undefined;
    if (result === undefined || !isPlain) return undefined;
    return { reply: { jsonrpc: '2.0', id: message.id, result }, isReplayed: false };
  };
}

const noted: Greeted = { isReplayed: true };

function initialized(id: string | number, requested: string, introduction: Introduction): Greeted {
  const { serverInfo, capabilities, instructions } = introduction;
  const protocolVersion = initializedVersions.includes(requested) ? requested : (initializedVersions[0] ?? requested);
  const result = { protocolVersion, capabilities, serverInfo, instructions };
  return { reply: { jsonrpc: '2.0', id, result }, isReplayed: true };
}

/** The version that a well-formed `initialize` asks for. */
function requestedVersion(message: { method: string; id?: unknown; params?: Record<string, unknown> | undefined }) {
  if (message.method !== 'initialize' || !isId(message.id) || message.params === undefined) return undefined;
  const { protocolVersion, capabilities, clientInfo, _meta } = message.params;
  const isWhole = isObject(capabilities) && isObject(clientInfo) && _meta === undefined;
  if (!isWhole || typeof clientInfo['name'] !== 'string' || typeof clientInfo['version'] !== 'string') return undefined;
  return typeof protocolVersion === 'string' ? protocolVersion : undefined;
}

function isId(value: unknown): boolean {
  return typeof value === 'string' || Number.isSafeInteger(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
