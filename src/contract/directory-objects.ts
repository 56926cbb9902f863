import { z } from 'zod';
import { nearest } from './nearest.ts';

const optionalText = z.string().nullish();
const textList = z.array(z.string()).nullish();

/**
 * Properties of a user that can be read in lists, with their types. What lives outside the directory store
 * (aboutMe, skills …), needs permissions of its own, or is a secret is not here.
 * [learn.microsoft.com/graph/api/resources/user]
 */
export const userProperties = {
  id: z.string(),
  accountEnabled: z.boolean().nullish(),
  ageGroup: optionalText,
  businessPhones: textList,
  city: optionalText,
  companyName: optionalText,
  country: optionalText,
  createdDateTime: optionalText,
  creationType: optionalText,
  department: optionalText,
  displayName: optionalText,
  employeeHireDate: optionalText,
  employeeId: optionalText,
  employeeLeaveDateTime: optionalText,
  employeeType: optionalText,
  externalUserState: optionalText,
  faxNumber: optionalText,
  givenName: optionalText,
  jobTitle: optionalText,
  lastPasswordChangeDateTime: optionalText,
  mail: optionalText,
  mailNickname: optionalText,
  mobilePhone: optionalText,
  officeLocation: optionalText,
  onPremisesDistinguishedName: optionalText,
  onPremisesDomainName: optionalText,
  onPremisesImmutableId: optionalText,
  onPremisesLastSyncDateTime: optionalText,
  onPremisesSamAccountName: optionalText,
  onPremisesSyncEnabled: z.boolean().nullish(),
  otherMails: textList,
  postalCode: optionalText,
  preferredLanguage: optionalText,
  proxyAddresses: textList,
  signInSessionsValidFromDateTime: optionalText,
  state: optionalText,
  streetAddress: optionalText,
  surname: optionalText,
  usageLocation: optionalText,
  userPrincipalName: z.string(),
  userType: optionalText,
} as const;

/** What every list of users, and get_user, carries at least. */
export const userRow = z.object({
  id: userProperties.id,
  displayName: userProperties.displayName,
  userPrincipalName: userProperties.userPrincipalName,
  mail: userProperties.mail,
  jobTitle: userProperties.jobTitle,
  department: userProperties.department,
  accountEnabled: userProperties.accountEnabled,
  userType: userProperties.userType,
  onPremisesSyncEnabled: userProperties.onPremisesSyncEnabled,
});

/** `fields` of lists of users: more properties than the usual ones. */
export const userFields = fieldsOf(userProperties);

/** The schema of a user with the usual properties and those of `fields`. */
export function userWith(fields: readonly string[] = []): z.ZodObject {
  // zod compiles a schema at its first use: the usual one is used again.
  if (fields.length === 0) return userRow;
  return userRow.extend(shapeOf(userProperties, fields));
}

/** Properties of a group that can be read. [learn.microsoft.com/graph/api/resources/group] */
export const groupProperties = {
  id: z.string(),
  assignedLicenses: z.array(z.object({ skuId: z.string() })).nullish(),
  classification: optionalText,
  createdDateTime: optionalText,
  description: optionalText,
  displayName: optionalText,
  expirationDateTime: optionalText,
  groupTypes: z.array(z.string()).nullish(),
  isAssignableToRole: z.boolean().nullish(),
  mail: optionalText,
  mailEnabled: z.boolean().nullish(),
  mailNickname: optionalText,
  membershipRule: optionalText,
  membershipRuleProcessingState: optionalText,
  onPremisesLastSyncDateTime: optionalText,
  onPremisesSyncEnabled: z.boolean().nullish(),
  preferredDataLocation: optionalText,
  proxyAddresses: textList,
  renewedDateTime: optionalText,
  securityEnabled: z.boolean().nullish(),
  visibility: optionalText,
} as const;

/** What every list of groups carries at least. */
const groupRow = z.object({
  id: groupProperties.id,
  displayName: groupProperties.displayName,
  description: groupProperties.description,
  groupTypes: groupProperties.groupTypes,
  securityEnabled: groupProperties.securityEnabled,
  mailEnabled: groupProperties.mailEnabled,
  mail: groupProperties.mail,
  isAssignableToRole: groupProperties.isAssignableToRole,
  onPremisesSyncEnabled: groupProperties.onPremisesSyncEnabled,
  membershipRule: groupProperties.membershipRule,
});

/** `fields` of lists of groups. */
export const groupFields = fieldsOf(groupProperties);

/** The schema of a group with the usual properties and those of `fields`. */
export function groupWith(fields: readonly string[] = []): z.ZodObject {
  if (fields.length === 0) return groupRow;
  return groupRow.extend(shapeOf(groupProperties, fields));
}

/** Names of properties: served as plain text, since the list of them costs a model more than it helps; checked here. */
function fieldsOf(properties: Readonly<Record<string, z.ZodType>>) {
  const name = z.string().refine((value) => Object.hasOwn(properties, value), {
    error: ({ input }) => `is not a property that can be read${likeOf(input, properties)}`,
  });
  return z.array(name).max(30).optional().describe('More properties');
}

function likeOf(input: unknown, properties: object): string {
  const like = typeof input === 'string' ? nearest(input, Object.keys(properties)) : undefined;
  return like === undefined ? '' : `; did you mean ${like}?`;
}

function shapeOf(properties: Readonly<Record<string, z.ZodType>>, names: readonly string[]): Record<string, z.ZodType> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
      return schema === undefined ? [] : [[name, schema] as const];
    }),
  );
}
