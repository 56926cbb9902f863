import { z } from 'zod';
import { type GraphReader, isGuid, odata, path, ToolError } from '../contract/index.ts';

/** What the settings protect, as they name it: object ids, UPNs, group names. */
export interface ProtectedNames {
  readonly protected: readonly string[];
  readonly approverGroup: string | undefined;
}

/** Ids behind the settings' names. */
export interface ProtectedIds {
  readonly users: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
}

const row = z.object({ id: z.string(), groupTypes: z.array(z.string()).nullish() });
const onlyId = z.object({ id: z.string() });

/**
 * What the settings protect, for one plan: looked up when it is first asked for, and then for all of the plan. Nothing of it
 * outlives the plan, so that what is protected from now on is so at once.
 */
export class Protection {
  readonly #names: readonly string[];
  readonly #graph: GraphReader;
  #ids: Promise<ProtectedIds> | undefined;

  constructor({ protected: listed, approverGroup }: ProtectedNames, graph: GraphReader) {
    this.#names = [...listed, ...(approverGroup === undefined ? [] : [approverGroup])];
    this.#graph = graph;
  }

  /** True where the settings name nothing. */
  get isEmpty(): boolean {
    return this.#names.length === 0;
  }

  /**
   * A name that is found nowhere stops every change: a misspelt protection must not be a hole. Dynamic groups are refused:
   * whoever can edit a property in their rule could leave them.
   * @throws ToolError CONFIG_INVALID
   */
  ids(): Promise<ProtectedIds> {
    this.#ids ??= this.#read();
    return this.#ids;
  }

  async #read(): Promise<ProtectedIds> {
    const found = await Promise.all(this.#names.map((name) => resolveOne(name, this.#graph)));
    const unknown = this.#names.find((_, i) => found[i]?.users.length === 0 && found[i]?.groups.length === 0);
    if (unknown !== undefined) throw unknownProtected(unknown);
    return {
      users: new Set(found.flatMap(({ users }) => users)),
      groups: new Set(found.flatMap(({ groups }) => groups)),
    };
  }
}

async function resolveOne(name: string, graph: GraphReader): Promise<{ users: string[]; groups: string[] }> {
  if (isGuid(name)) {
    const group = await graph.find(path`/groups/${name}`, row);
    if (group !== undefined) return { users: [], groups: [group].map(refuseDynamic(name)) };
  } else if (!name.includes('@')) {
    const { items } = await graph.page(path`/groups`, row, { filter: odata`displayName eq ${name}` });
    return { users: [], groups: items.map(refuseDynamic(name)) };
  }
  const user = (await graph.find(path`/users/${name}`, onlyId)) ?? (await deletedUser(name, graph));
  return { users: user === undefined ? [] : [user.id], groups: [] };
}

/** A protected account stays protected while it is deleted, where the setting names its object id. */
async function deletedUser(name: string, graph: GraphReader): Promise<z.output<typeof onlyId> | undefined> {
  return isGuid(name) ? graph.find(path`/directory/deletedItems/${name}/microsoft.graph.user`, onlyId) : undefined;
}

function refuseDynamic(name: string): (group: z.output<typeof row>) => string {
  return (group) => {
    if (group.groupTypes?.includes('DynamicMembership') !== true) return group.id;
    throw new ToolError('CONFIG_INVALID', {
      message: `The group ${name} in ENTRA_MCP_PROTECTED or ENTRA_MCP_APPROVER_GROUP is dynamic: its members can change themselves out of it.`,
      fix: 'Name a group with assigned members.',
    });
  };
}

function unknownProtected(name: string): ToolError {
  return new ToolError('CONFIG_INVALID', {
    message: `ENTRA_MCP_PROTECTED or ENTRA_MCP_APPROVER_GROUP names ${name}, which is not found in the tenant, so no change is made.`,
    fix: 'Correct the setting: object ids, UPNs or exact group names, separated by commas.',
  });
}
