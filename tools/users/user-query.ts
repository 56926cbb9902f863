import { expertFilter, signInActivityStandsAlone } from '../../src/contract/filter/expert.ts';
import { userFilters } from '../../src/contract/filter/support.ts';
import { allOf, Guid, type ODataFilter, odata, searchClause } from '../../src/contract/index.ts';
import type { UserFilters } from '../../src/contract/user-filters.ts';

/** The filters that become one Graph query: the license by its id, and the manager as whose reports are read. */
interface QueryFilters extends Omit<UserFilters, 'license' | 'manager'> {
  readonly skuId?: string | undefined;
}

/** Query options of a read of users. */
export interface UserQuery {
  readonly filter?: ODataFilter;
  readonly search?: string;
  readonly advanced: boolean;
}

// What `text` looks at. Graph matches words of displayName, and beginnings of the others.
const searched = ['displayName', 'givenName', 'surname', 'mail', 'userPrincipalName'];

// The longest literal of `eq` in a default query. [learn.microsoft.com/graph/aad-advanced-queries]
const longestLiteral = 120;

/**
 * Compiles filters to `$filter` and `$search`, as an advanced query only where Graph needs one: for `$search`, for
 * `ne` (which alone finds null as well as false), for long literals, and for any filter on a relationship.
 * [learn.microsoft.com/graph/aad-advanced-queries]
 *
 * @throws ToolError INPUT_INVALID or UNSUPPORTED_QUERY for an agent's filter, and for sign-in activity beside anything else.
 */
export function compileUserQuery(filters: QueryFilters, of: 'users' | 'reports' = 'users'): UserQuery {
  const { text, synced, department, jobTitle } = filters;
  const expert = filters.filter === undefined ? undefined : expertFilter(filters.filter, userFilters());
  const all = [...conditions(filters), ...(expert === undefined ? [] : [expert.filter])];
  const alone = filters.lastSignInBefore !== undefined || expert?.alone === true;
  if (alone && (all.length > 1 || text !== undefined || of === 'reports')) throw signInActivityStandsAlone();
  const filter = allOf(all);
  const advanced =
    text !== undefined ||
    synced === false ||
    expert?.advanced === true ||
    (of === 'reports' && filter !== undefined) ||
    [department, jobTitle].some((literal) => literal !== undefined && literal.length > longestLiteral);
  return {
    advanced,
    ...(filter === undefined ? {} : { filter }),
    ...(text === undefined ? {} : { search: searched.map((property) => searchClause(property, text)).join(' OR ') }),
  };
}

function conditions(filters: QueryFilters): ODataFilter[] {
  const { department, jobTitle, accountEnabled, userType, skuId, synced, createdAfter, createdBefore } = filters;
  const { lastSignInBefore } = filters;
  return [
    department === undefined ? undefined : odata`department eq ${department}`,
    jobTitle === undefined ? undefined : odata`jobTitle eq ${jobTitle}`,
    accountEnabled === undefined ? undefined : odata`accountEnabled eq ${accountEnabled}`,
    userType === undefined ? undefined : odata`userType eq ${userType}`,
    skuId === undefined ? undefined : odata`assignedLicenses/any(a:a/skuId eq ${new Guid(skuId)})`,
    // Null on accounts that were never synced, false on those that are no more.
    synced === undefined
      ? undefined
      : synced
        ? odata`onPremisesSyncEnabled eq true`
        : odata`onPremisesSyncEnabled ne true`,
    createdAfter === undefined ? undefined : odata`createdDateTime ge ${new Date(createdAfter)}`,
    createdBefore === undefined ? undefined : odata`createdDateTime le ${new Date(createdBefore)}`,
    lastSignInBefore === undefined
      ? undefined
      : odata`signInActivity/lastSignInDateTime le ${new Date(lastSignInBefore)}`,
  ].filter((condition) => condition !== undefined);
}
