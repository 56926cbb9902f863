import { userProperties } from '../directory-objects.ts';
import type { ValueKind } from '../filter/support.ts';

/** A column of the mirror's table `users`, for who writes conditions on it. */
export interface MirrorColumn {
  readonly name: string;
  /** A list is JSON. */
  readonly kind: ValueKind | 'list';
  /** What ENTRA_MCP_DIRECTORY_FIELDS names where the column is there; undefined: it always is. */
  readonly setting?: string;
}

/** Properties that are mirrored only on request. */
const onRequest = new Set(
  `ageGroup businessPhones employeeId employeeLeaveDateTime faxNumber mobilePhone onPremisesDistinguishedName
  onPremisesDomainName onPremisesImmutableId onPremisesLastSyncDateTime otherMails postalCode
  signInSessionsValidFromDateTime state streetAddress`.split(/\s+/),
);
const flags = new Set(['accountEnabled', 'onPremisesSyncEnabled']);
const lists = new Set(['assignedLicenses', 'businessPhones', 'otherMails', 'proxyAddresses']);
const signIns = ['lastSignInDateTime', 'lastNonInteractiveSignInDateTime', 'lastSuccessfulSignInDateTime'];

/** By the path that a `$filter` names, in lower case. */
const columns: ReadonlyMap<string, MirrorColumn> = new Map(
  [
    ...[...Object.keys(userProperties), 'assignedLicenses'].map((name) => [name, columnOf(name)] as const),
    ...signIns.map(
      (name) => [`signInActivity/${name}`, { name, kind: 'time', setting: 'signInActivity' } as const] as const,
    ),
    ['manager/id', { name: 'managerId', kind: 'guid' } as const] as const,
  ].map(([path, column]) => [path.toLowerCase(), column]),
);

/** The column that holds what a `$filter` calls `path`, in any letter case; undefined where the mirror has none. */
export function mirrorColumn(path: string): MirrorColumn | undefined {
  return columns.get(path.toLowerCase());
}

function columnOf(name: string): MirrorColumn {
  return { name, kind: kindOf(name), ...(onRequest.has(name) ? { setting: name } : {}) };
}

function kindOf(name: string): MirrorColumn['kind'] {
  if (flags.has(name)) return 'flag';
  if (lists.has(name)) return 'list';
  return /Date(?:Time)?$/.test(name) ? 'time' : 'text';
}
