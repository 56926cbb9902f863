import {
  type CompleteRequest,
  type CompleteResult,
  ProtocolError,
  ProtocolErrorCode,
} from '@modelcontextprotocol/server';
import { z } from 'zod';
import { odata, path, visible } from '../contract/index.ts';
import type { ServerPorts } from './ports.ts';
import type { PromptCard } from './prompts.ts';
import { addressOf, type ResourceCards } from './resources.ts';

const mostValues = 20;
const longestStart = 64;
/** Somebody types meanwhile: what comes later is of no use. */
const deadlineMs = 5_000;

const person = z.object({ displayName: z.string().nullable(), userPrincipalName: z.string() });

/** What can be completed here. */
export interface Completable {
  readonly prompts: readonly PromptCard[];
  readonly resources: ResourceCards;
}

/**
 * The values that an argument may go on to: names of users, or the words that it takes.
 * @throws ProtocolError InvalidParams for a prompt or template that is not served.
 */
export async function completed(
  { ref, argument }: CompleteRequest['params'],
  served: Completable,
  ports: Pick<ServerPorts, 'session' | 'log'>,
  signal: AbortSignal,
): Promise<CompleteResult> {
  const completes = wayOf(ref, argument.name, served);
  if (completes === undefined) return { completion: { values: [] } };
  if (completes !== 'user') {
    return { completion: { values: completes.filter((word) => word.startsWith(argument.value)) } };
  }
  try {
    return { completion: await usersFrom(argument.value.trim(), ports, signal) };
  } catch (error) {
    // A name can be typed to its end: what keeps the names away is told by the call that needs them.
    (await ports.log()).debug({ err: error }, 'no names to complete with');
    return { completion: { values: [] } };
  }
}

function wayOf(ref: CompleteRequest['params']['ref'], name: string, { prompts, resources }: Completable) {
  if (ref.type === 'ref/prompt') {
    const prompt = prompts.find((card) => card.name === ref.name);
    if (prompt === undefined) throw unknown('prompt');
    return prompt.arguments.find((argument) => argument.name === name)?.completes;
  }
  const resource = resources.templates.find((card) => addressOf(card) === ref.uri);
  if (resource === undefined) throw unknown('resource template');
  return resource.kind === 'users' && resource.variable === name ? 'user' : undefined;
}

function unknown(what: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, `This server has no such ${what}.`);
}

/** The first people whose display name or userPrincipalName begins so; one small request. */
async function usersFrom(start: string, { session }: Pick<ServerPorts, 'session'>, signal: AbortSignal) {
  if (start === '' || start.length > longestStart || visible(start) !== start) return { values: [] };
  const graph = (await session()).graph.reader({ signal, lane: 'interactive', deadlineMs });
  const filter = odata`startsWith(displayName,${start}) or startsWith(userPrincipalName,${start})`;
  const { items, next } = await graph.page(path`/users`, person, { filter, top: mostValues });
  const values = items.map((item) => item.userPrincipalName).filter((name) => visible(name) === name);
  return { values, hasMore: next !== undefined };
}
