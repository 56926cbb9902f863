import { z } from 'zod';

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

/** The name of a user property that `fields` can ask for. */
export type UserProperty = keyof typeof userProperties;

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
export const userFields = z
  .array(z.enum(keysOf(userProperties)))
  .max(30)
  .optional()
  .describe('More properties to return');

/** The schema of a user with the usual properties and those of `fields`. */
export function userWith(fields: readonly UserProperty[] = []): z.ZodObject {
  // zod compiles a schema at its first use: the usual one is used again.
  if (fields.length === 0) return userRow;
  return userRow.extend(Object.fromEntries(fields.map((field) => [field, userProperties[field]])));
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

/** The name of a group property that `fields` can ask for. */
export type GroupProperty = keyof typeof groupProperties;

/** What every list of groups carries at least. */
export const groupRow = z.object({
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
export const groupFields = z
  .array(z.enum(keysOf(groupProperties)))
  .max(30)
  .optional()
  .describe('More properties to return');

/** The schema of a group with the usual properties and those of `fields`. */
export function groupWith(fields: readonly GroupProperty[] = []): z.ZodObject {
  if (fields.length === 0) return groupRow;
  return groupRow.extend(Object.fromEntries(fields.map((field) => [field, groupProperties[field]])));
}

function keysOf<T extends object>(of: T): [keyof T & string, ...(keyof T & string)[]] {
  const [first, ...rest] = Object.keys(of).filter((key): key is keyof T & string => key in of);
  if (first === undefined) throw new TypeError('No properties');
  return [first, ...rest];
}
