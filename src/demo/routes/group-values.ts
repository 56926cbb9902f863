import { z } from 'zod';
import { badRequest, type GraphFault, invalidValue } from '../errors.ts';
import { groupResource } from '../groups/group-resource.ts';
import type { Group } from '../groups/groups.ts';
import { parseMembershipRule } from '../groups/membership-rule.ts';
import { canonicalProperty } from '../odata/resource.ts';
import type { Tenant } from '../tenant.ts';

const schemas: Readonly<Record<string, z.ZodType>> = {
  displayName: z.string().min(1).max(256),
  description: z.string().max(1024).nullable(),
  mailNickname: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[^\s@()\\[\]";:<>,]+$/),
  mailEnabled: z.boolean(),
  securityEnabled: z.boolean(),
  isAssignableToRole: z.boolean().nullable(),
  groupTypes: z.array(z.enum(['Unified', 'DynamicMembership'])),
  visibility: z.enum(['Private', 'Public', 'HiddenMembership']).nullable(),
  membershipRule: z.string().max(3072).nullable(),
  membershipRuleProcessingState: z.enum(['On', 'Paused']).nullable(),
};

export const missing = (name: string): GraphFault =>
  badRequest(`A value is required for property '${name}' of resource 'Group'.`, [
    { code: 'MissingValue', target: name },
  ]);

/** The properties of a group's POST or PATCH, apart from links. Throws Request_BadRequest as Graph does. */
export function checkValues(
  body: Readonly<Record<string, unknown>>,
  allowed: readonly string[],
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(body)) {
    if (key === '@odata.type' || key === 'members@odata.bind' || key === 'owners@odata.bind') continue;
    const name = canonicalProperty(groupResource, key);
    if (name === undefined)
      throw badRequest(
        `One or more properties are invalid: the property '${key}' does not exist on type 'microsoft.graph.group'.`,
      );
    if (!allowed.includes(name)) throw badRequest(`Property '${name}' is read-only and cannot be set.`);
    const schema = schemas[name] ?? z.string().nullable();
    if (!schema.safeParse(value).success) throw invalidValue(name, 'Group');
    values[name] = value;
  }
  if (typeof values['membershipRule'] === 'string') parseMembershipRule(values['membershipRule']);
  return values;
}

/** The links that a body binds under a name. */
export function links(body: Readonly<Record<string, unknown>>, name: string): unknown[] {
  const value = body[name] ?? [];
  if (!Array.isArray(value)) throw invalidValue(name, 'Group');
  return value;
}

/** Which combinations of group properties exist. */
export function checkShape(group: Group): void {
  const rule = group.get('membershipRule');
  if (group.isDynamic !== (typeof rule === 'string')) throw invalidValue('membershipRule', 'Group');
  if (group.isUnified && group.get('mailEnabled') !== true) throw invalidValue('mailEnabled', 'Group');
  if (group.isExchangeManaged)
    throw badRequest(
      'The service does not currently support writes of mail-enabled groups. Please ensure that the mail-enablement property is unset and the security-enablement property is set.',
    );
  if (!group.isUnified && group.get('securityEnabled') !== true) throw invalidValue('securityEnabled', 'Group');
  if (group.get('isAssignableToRole') === true && (group.isDynamic || group.get('securityEnabled') !== true)) {
    throw invalidValue('isAssignableToRole', 'Group');
  }
  const visibility = group.get('visibility');
  if (group.get('isAssignableToRole') === true && visibility === 'Public') throw invalidValue('visibility', 'Group');
  if (visibility === 'HiddenMembership' && !group.isUnified) throw invalidValue('visibility', 'Group');
}

/** Throws where another group keeps the nickname, or the alternate key. Nicknames are unique among groups that have mail. */
export function checkNames(tenant: Tenant, group: Group): void {
  const same = (other: Group, name: string): boolean => {
    const value = group.get(name);
    return typeof value === 'string' && String(other.get(name) ?? '').toLowerCase() === value.toLowerCase();
  };
  for (const other of tenant.groups.withUnseen()) {
    if (other.id === group.id) continue;
    if (group.isUnified && other.get('mailEnabled') === true && same(other, 'mailNickname'))
      throw taken('mailNickname');
    if (same(other, 'uniqueName')) throw taken('uniqueName');
  }
}

const taken = (name: string): GraphFault => {
  const message = `Another object with the same value for property ${name} already exists.`;
  return badRequest(message, [{ code: 'ObjectConflict', target: name, message }]);
};
