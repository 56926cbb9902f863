import { expertFilter } from '../../src/contract/filter/expert.ts';
import { groupFilters } from '../../src/contract/filter/support.ts';
import { allOf, Guid, type ODataFilter, odata, searchClause } from '../../src/contract/index.ts';

/** The kinds of group that people tell apart. [learn.microsoft.com/graph/api/resources/groups-overview] */
export const groupKinds = ['security', 'microsoft365', 'mailSecurity', 'distribution'] as const;

/** The filters of `search_groups` that become one Graph query; `skuId` is the license, already resolved. */
export interface GroupFilters {
  readonly text?: string | undefined;
  readonly kind?: (typeof groupKinds)[number] | undefined;
  readonly dynamic?: boolean | undefined;
  readonly roleAssignable?: boolean | undefined;
  readonly synced?: boolean | undefined;
  readonly skuId?: string | undefined;
  /** An OData filter that an agent wrote. */
  readonly filter?: string | undefined;
}

/** Query options of a read of groups. */
export interface GroupQuery {
  readonly filter?: ODataFilter;
  readonly search?: string;
  readonly advanced: boolean;
}

// `$search` is documented for these two. [learn.microsoft.com/graph/search-query-parameter]
const searched = ['displayName', 'description'];

/**
 * Compiles filters to `$filter` and `$search`; `not` and `ne` make it an advanced query.
 * [learn.microsoft.com/graph/aad-advanced-queries]
 *
 * @throws ToolError INPUT_INVALID or UNSUPPORTED_QUERY for an agent's filter.
 */
export function compileGroupQuery(filters: GroupFilters): GroupQuery {
  const { text } = filters;
  const conditions = conditionsOf(filters);
  const expert = filters.filter === undefined ? undefined : expertFilter(filters.filter, groupFilters());
  const filter = allOf([...conditions, ...(expert === undefined ? [] : [expert.filter])]);
  const advanced =
    text !== undefined || expert?.advanced === true || conditions.some((condition) => / ne |^not/.test(condition.text));
  return {
    advanced,
    ...(filter === undefined ? {} : { filter }),
    ...(text === undefined ? {} : { search: searched.map((property) => searchClause(property, text)).join(' OR ') }),
  };
}

function conditionsOf({ kind, dynamic, roleAssignable, synced, skuId }: GroupFilters): ODataFilter[] {
  return [
    ...(kind === undefined ? [] : ofKind[kind]),
    dynamic === undefined ? undefined : dynamic ? isDynamic : notDynamic,
    // Null counts as no.
    roleAssignable === undefined
      ? undefined
      : roleAssignable
        ? odata`isAssignableToRole eq true`
        : odata`isAssignableToRole ne true`,
    synced === undefined
      ? undefined
      : synced
        ? odata`onPremisesSyncEnabled eq true`
        : odata`onPremisesSyncEnabled ne true`,
    skuId === undefined ? undefined : odata`assignedLicenses/any(a:a/skuId eq ${new Guid(skuId)})`,
  ].filter((condition) => condition !== undefined);
}

const isUnified = odata`groupTypes/any(c:c eq ${'Unified'})`;
const notUnified = odata`not groupTypes/any(c:c eq ${'Unified'})`;
const isDynamic = odata`groupTypes/any(c:c eq ${'DynamicMembership'})`;
const notDynamic = odata`not groupTypes/any(c:c eq ${'DynamicMembership'})`;
const mailEnabled = odata`mailEnabled eq true`;

const ofKind: Readonly<Record<(typeof groupKinds)[number], readonly ODataFilter[]>> = {
  microsoft365: [isUnified],
  security: [odata`securityEnabled eq true`, odata`mailEnabled eq false`],
  mailSecurity: [odata`securityEnabled eq true`, mailEnabled, notUnified],
  distribution: [odata`securityEnabled eq false`, mailEnabled, notUnified],
};
