import {
  ProtocolError,
  ProtocolErrorCode,
  type ReadResourceResult,
  ResourceNotFoundError,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Pipeline, ToolCall } from './pipeline.ts';
import { type ResourceCard, type ResourceCards, resourceMimeType } from './resources.ts';

/** Codes that say of an address that nothing is there. */
const missing = ['NOT_FOUND', 'INPUT_INVALID'];
const failure = z.looseObject({ code: z.string(), message: z.string(), fix: z.string() });

/**
 * Reads a resource with its tool, through the same pipeline as a call of that tool.
 * @throws ProtocolError: resource not found, or an internal error with the tool's own `{ code, message, fix }` as data.
 */
export async function readResource(
  uri: string,
  cards: ResourceCards,
  pipeline: Pipeline,
  call: Omit<ToolCall, 'name' | 'args'>,
): Promise<ReadResourceResult> {
  const asked = askedFor(uri, cards);
  if (asked === undefined) throw new ResourceNotFoundError(uri, 'No resource has this address.');
  const outcome = await pipeline.call({ ...call, name: asked.card.tool, args: asked.args });
  if (outcome.kind === 'ask') throw new TypeError('A tool that reads asks nothing');
  const { structuredContent, isError } = outcome.answer;
  if (isError !== true) {
    return { contents: [{ uri, mimeType: resourceMimeType, text: JSON.stringify(structuredContent) }] };
  }
  const error = failure.parse(structuredContent['error']);
  const { code, message, fix } = error;
  if (missing.includes(code)) throw new ResourceNotFoundError(uri, `${message} ${fix}`);
  throw new ProtocolError(ProtocolErrorCode.InternalError, `${code}: ${message} ${fix}`, error);
}

interface Asked {
  readonly card: ResourceCard;
  /** What its tool is called with. */
  readonly args: Readonly<Record<string, string>>;
}

/** `entra://users/anna%40contoso.com`: the resource, and what its variable stands for. Guests' `#EXT#` may stand as it is. */
function askedFor(uri: string, { templates, singles }: ResourceCards): Asked | undefined {
  const single = singles.find((one) => one.uri === uri);
  if (single !== undefined) return { card: single, args: {} };
  const [, kind, rest = ''] = /^entra:\/\/([a-z]+)\/([^/]+)$/.exec(uri) ?? [];
  const card = templates.find((one) => one.kind === kind);
  if (card === undefined) return undefined;
  try {
    return { card, args: { [card.field]: decodeURIComponent(rest) } };
  } catch {
    return undefined;
  }
}
