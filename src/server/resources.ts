import type { Resource, ResourceTemplateType } from '@modelcontextprotocol/server';
import type { ServedTool } from './ports.ts';

/** Something that can be read by its address: each is read by a tool, as a call of it would. */
export interface ResourceCard {
  readonly title: string;
  readonly description: string;
  readonly tool: string;
}

/** One of many of a kind. */
export interface TemplateCard extends ResourceCard {
  /** Its kind, as it stands in the address. */
  readonly kind: 'users' | 'plans' | 'runs';
  /** What stands in braces in the address. */
  readonly variable: string;
  /** The field of the tool's input that takes what the braces stand for. */
  readonly field: string;
}

/** The only one of its kind. Its tool takes no input. */
export interface SingleCard extends ResourceCard {
  readonly uri: string;
  readonly name: string;
}

/** What can be read: listed as MCP's templates, and as its resources. */
export interface ResourceCards {
  readonly templates: readonly TemplateCard[];
  readonly singles: readonly SingleCard[];
  /** False where nothing is served that makes plans. */
  readonly hasPlanCard: boolean;
}

const templates: readonly TemplateCard[] = [
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

const singles: readonly SingleCard[] = [
  {
    uri: 'entra://directory/schema',
    name: 'directory-schema',
    title: 'Schema of the directory mirror',
    description: 'Tables and columns for query_directory, with example queries and the age of the mirror.',
    tool: 'describe_directory',
  },
];

/** The card of a plan, for hosts that show MCP Apps: the same document for every plan. */
export const planCard: Resource = {
  uri: 'ui://entra-mcp/plan',
  name: 'plan-card',
  title: 'The card of a plan',
  description: 'Shows a plan beside the chat, and lets a person decide where a client may be asked.',
  mimeType: 'text/html;profile=mcp-app',
};

export const resourceMimeType = 'application/json';

/** The resources whose tool is served. */
export function resourcesOf(served: readonly ServedTool[]): ResourceCards {
  const isServed = ({ tool }: ResourceCard) => served.some(({ definition }) => definition.name === tool);
  const hasPlanCard = served.some(({ readOnly }) => !readOnly);
  return { templates: templates.filter(isServed), singles: singles.filter(isServed), hasPlanCard };
}

/** The address of a resource with its variable: `entra://users/{user}`. */
export function addressOf({ kind, variable }: TemplateCard): string {
  return `entra://${kind}/{${variable}}`;
}

/** A resource as MCP's `resources/templates/list` spells it. */
export function listedTemplate(card: TemplateCard): ResourceTemplateType {
  const { kind, title, description } = card;
  return { uriTemplate: addressOf(card), name: kind.slice(0, -1), title, description, mimeType: resourceMimeType };
}

/** A resource as MCP's `resources/list` spells it. */
export function listedResource({ uri, name, title, description }: SingleCard): Resource {
  return { uri, name, title, description, mimeType: resourceMimeType };
}
