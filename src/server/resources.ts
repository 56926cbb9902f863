import type { ResourceTemplateType } from '@modelcontextprotocol/server';
import type { ServedTool } from './ports.ts';

/** Something that can be read by its address: each is read by a tool, as a call of it would. */
export interface ResourceCard {
  /** Its kind, as it stands in the address. */
  readonly kind: 'users' | 'plans' | 'runs';
  /** What stands in braces in the address. */
  readonly variable: string;
  readonly title: string;
  readonly description: string;
  readonly tool: string;
  /** The field of the tool's input that takes what the braces stand for. */
  readonly field: string;
}

const cards: readonly ResourceCard[] = [
  {
    kind: 'users',
    variable: 'user',
    title: 'A user',
    description: 'One user of the tenant, by object id or userPrincipalName.',
    tool: 'get_user',
    field: 'user',
  },
  {
    kind: 'plans',
    variable: 'id',
    title: 'A plan',
    description: 'One of your plans: what it would change, and what became of it.',
    tool: 'get_plan',
    field: 'planId',
  },
  {
    kind: 'runs',
    variable: 'id',
    title: 'A run',
    description: 'One of your runs, step by step, with what is left to do by hand.',
    tool: 'get_run',
    field: 'runId',
  },
];

export const resourceMimeType = 'application/json';

/** The resources whose tool is served. */
export function resourcesOf(served: readonly ServedTool[]): ResourceCard[] {
  return cards.filter(({ tool }) => served.some(({ definition }) => definition.name === tool));
}

/** The address of a resource with its variable: `entra://users/{user}`. */
export function addressOf({ kind, variable }: ResourceCard): string {
  return `entra://${kind}/{${variable}}`;
}

/** A resource as MCP's `resources/templates/list` spells it. */
export function listedTemplate(card: ResourceCard): ResourceTemplateType {
  const { kind, title, description } = card;
  return { uriTemplate: addressOf(card), name: kind.slice(0, -1), title, description, mimeType: resourceMimeType };
}
