import { z } from 'zod';
import { licenseState } from '../../contract/index.ts';

const text = z.string().nullish();

/** The account that leaves. */
export const account = z.object({
  id: z.string(),
  displayName: text,
  userPrincipalName: z.string(),
  mail: text,
  accountEnabled: z.boolean().nullish(),
  userType: text,
  /** In an administrative unit with restricted management. */
  isManagementRestricted: z.boolean().nullish(),
  onPremisesSyncEnabled: z.boolean().nullish(),
  onPremisesSamAccountName: text,
  onPremisesDistinguishedName: text,
  lastPasswordChangeDateTime: text,
  signInSessionsValidFromDateTime: text,
  licenseAssignmentStates: z.array(licenseState.omit({ error: true })).nullish(),
});
export type Account = z.output<typeof account>;

/** A colleague, as far as it matters whether they can take something over. */
export const colleague = z.object({
  id: z.string(),
  displayName: text,
  userPrincipalName: z.string(),
  accountEnabled: z.boolean().nullish(),
  userType: text,
});
export type Colleague = z.output<typeof colleague>;

/** `$expand` of a manager answers with what a directory object has: a contact has no userPrincipalName. */
export const expandedManager = colleague.partial({ userPrincipalName: true });

export const accountWithManager = account.extend({ manager: expandedManager.nullish() });

export const report = z.object({
  id: z.string(),
  displayName: text,
  userPrincipalName: z.string(),
  onPremisesSyncEnabled: z.boolean().nullish(),
});

export const sponsored = z.object({ id: z.string(), displayName: text, userPrincipalName: text });

export const group = z.object({
  id: z.string(),
  displayName: text,
  mail: text,
  groupTypes: z.array(z.string()).nullish(),
  mailEnabled: z.boolean().nullish(),
  onPremisesSyncEnabled: z.boolean().nullish(),
  onPremisesSamAccountName: text,
  isAssignableToRole: z.boolean().nullish(),
  assignedLicenses: z.array(z.object({ skuId: z.string(), disabledPlans: z.array(z.string()).nullish() })).nullish(),
});
export type Group = z.output<typeof group>;

export const owner = z.object({ '@odata.type': z.string().optional(), id: z.string() });

const credential = z.object({ displayName: text, keyId: text, endDateTime: text });
export const application = z.object({
  id: z.string(),
  displayName: text,
  appId: text,
  passwordCredentials: z.array(credential).nullish(),
  keyCredentials: z.array(credential).nullish(),
});
export type Application = z.output<typeof application>;

export const administrativeUnit = z.object({
  id: z.string(),
  displayName: text,
  isMemberManagementRestricted: z.boolean().nullish(),
});

const roleDefinition = z.object({ displayName: text }).nullish();
export const roleAssignment = z.object({
  id: z.string(),
  principalId: z.string(),
  roleDefinitionId: z.string(),
  directoryScopeId: text,
  roleDefinition,
});
export const roleSchedule = z.object({
  id: z.string(),
  principalId: z.string(),
  roleDefinitionId: z.string(),
  directoryScopeId: text,
  memberType: text,
  scheduleInfo: z
    .object({
      startDateTime: text,
      expiration: z.object({ type: text, endDateTime: text, duration: text }).nullish(),
    })
    .nullish(),
  roleDefinition,
});

export const device = z.object({
  id: z.string(),
  displayName: text,
  operatingSystem: text,
  accountEnabled: z.boolean().nullish(),
  isManaged: z.boolean().nullish(),
  onPremisesSyncEnabled: z.boolean().nullish(),
});
export const deviceUser = z.object({ id: z.string(), displayName: text });

export const appRole = z.object({
  id: z.string(),
  appRoleId: z.string(),
  principalId: z.string(),
  principalDisplayName: text,
  principalType: text,
  resourceId: z.string(),
  resourceDisplayName: text,
});

export const consent = z.object({
  id: z.string(),
  clientId: z.string(),
  consentType: z.string(),
  principalId: text,
  resourceId: z.string(),
  scope: text,
});

export const packageAssignment = z.object({
  id: z.string(),
  state: text,
  accessPackage: z.object({ id: z.string(), displayName: text }).nullish(),
  assignmentPolicy: z.object({ id: z.string() }).nullish(),
});

export const accessPackage = z.object({
  id: z.string(),
  resourceRoleScopes: z
    .array(z.object({ scope: z.object({ originId: text, originSystem: text }).nullish() }))
    .nullish(),
});

export const authMethod = z.object({ '@odata.type': z.string().optional(), id: z.string() });

export const mailbox = z.object({
  automaticRepliesSetting: z
    .object({
      status: text,
      externalAudience: text,
      internalReplyMessage: text,
      externalReplyMessage: text,
      scheduledStartDateTime: z.object({ dateTime: z.string(), timeZone: z.string() }).nullish(),
      scheduledEndDateTime: z.object({ dateTime: z.string(), timeZone: z.string() }).nullish(),
    })
    .nullish(),
});

export const drive = z.object({ id: z.string() });
export const drivePermission = z.object({
  id: z.string(),
  roles: z.array(z.string()).nullish(),
  grantedToV2: z.object({ user: z.object({ id: text }).nullish() }).nullish(),
});

export const domain = z.object({ id: z.string(), authenticationType: text });

export const sku = z.object({
  skuId: z.string(),
  skuPartNumber: z.string(),
  servicePlans: z.array(z.object({ servicePlanId: z.string(), servicePlanName: text })).nullish(),
});
export type Sku = z.output<typeof sku>;

export const namedObjects = z.object({ value: z.array(z.object({ id: z.string(), displayName: text })) });
