import { roleTemplateId } from './built-in-roles.ts';
import type { DirectoryObject, Kind } from './directory-object.ts';
import { GraphFault } from './errors.ts';
import type { Query } from './odata/query.ts';
import {
  basicUserProperties,
  kindReaders,
  type Needed,
  permissionsOf,
  propertyReaders,
  propertyWriters,
} from './permissions.ts';

export const denied = (): GraphFault =>
  new GraphFault(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.');

/** Which targets, by the directory roles that they hold, each role of a caller may act on (GRAPH.md B11); `all` is everyone. */
const coverage: Readonly<Record<string, readonly string[] | 'all'>> = {
  'Global Administrator': 'all',
  'Privileged Authentication Administrator': 'all',
  'User Administrator': [
    'Directory Readers',
    'Groups Administrator',
    'Helpdesk Administrator',
    'Password Administrator',
    'Reports Reader',
    'User Administrator',
  ],
  'Authentication Administrator': [
    'Authentication Administrator',
    'Directory Readers',
    'Password Administrator',
    'Reports Reader',
  ],
};
/** Who may set a password at all, app-only (GRAPH.md B9). */
const passwordSetters = ['User Administrator', 'Privileged Authentication Administrator', 'Global Administrator'];

/** What a target holds that makes it privileged. */
export interface Privilege {
  /** Display names of its active directory roles, those held through groups too. */
  readonly roles: readonly string[];
  /** Whether it is a member or an owner of a role-assignable group. */
  readonly inRoleGroup: boolean;
}

/** What the calling application may do. Without lists it may do everything. */
export class Authority {
  readonly #permissions: ReadonlySet<string> | undefined;
  readonly #roles: readonly string[] | undefined;

  /** Throws RangeError for a role that this tenant does not know. */
  constructor(permissions: readonly string[] | undefined, appRoles: readonly string[] | undefined) {
    this.#permissions = permissions && new Set(permissions);
    this.#roles = appRoles;
    for (const role of appRoles ?? []) roleTemplateId(role);
  }

  get roles(): readonly string[] {
    return this.#roles ?? [];
  }

  /** Throws 403 where the permissions do not cover the request. */
  checkRequest(method: string, segments: readonly string[], query: Query, body: unknown): void {
    if (this.#permissions === undefined) return;
    const line = `${method} /${segments.join('/')}`;
    this.require(permissionsOf(line));
    const collection = segments[0]?.toLowerCase();
    if (collection === 'auditlogs') this.#requireAuditLog();
    if (collection !== 'users') return;
    for (const name of [...(query.select ?? []), ...(query.filter?.match(/\w+/g) ?? [])]) {
      if (name.toLowerCase() === 'signinactivity') this.#requireAuditLog();
      this.require(propertyReaders[name.toLowerCase()]);
    }
    if (method === 'PATCH' && segments.length === 2 && typeof body === 'object' && body !== null) {
      for (const name of Object.keys(body)) this.require(propertyWriters(name));
    }
  }

  /** Throws 403 unless one of the alternatives is held whole. */
  require(needed: Needed | undefined): void {
    const held = this.#permissions;
    if (held === undefined || needed === undefined) return;
    if (!needed.some((all) => [all].flat().every((name) => held.has(name)))) throw denied();
  }

  /** What may be shown of an object: all, a few properties, or its id and type alone (GRAPH.md E). */
  shownOf({ kind }: DirectoryObject): 'all' | 'none' | readonly string[] {
    const held = this.#permissions;
    if (held === undefined) return 'all';
    const readers = kindReaders[kind satisfies Kind];
    if (readers === undefined || readers.some((name) => held.has(name))) return 'all';
    return kind === 'user' && held.has('User.ReadBasic.All') ? basicUserProperties : 'none';
  }

  /** Throws 403 where a sensitive action on the target needs a directory role that the app does not hold. */
  checkSensitive(target: Privilege): void {
    if (!this.#covers(target)) throw denied();
  }

  /** Throws 403 where the app may not set the target's password. */
  checkPassword(target: Privilege): void {
    const roles = this.#roles;
    if (roles === undefined) return;
    if (!roles.some((role) => passwordSetters.includes(role))) throw denied();
    this.checkSensitive(target);
  }

  #covers({ roles, inRoleGroup }: Privilege): boolean {
    if (this.#roles === undefined || (roles.length === 0 && !inRoleGroup)) return true;
    return this.#roles.some((role) => {
      const covered = coverage[role] ?? [];
      return covered === 'all' || (!inRoleGroup && roles.every((held) => covered.includes(held)));
    });
  }

  /** Report data has an error of its own. */
  #requireAuditLog(): void {
    if (this.#permissions?.has('AuditLog.Read.All') !== false) return;
    throw new GraphFault(
      403,
      'Authentication_MSGraphPermissionMissing',
      'Calling principal does not have required MSGraph permissions AuditLog.Read.All',
    );
  }
}
