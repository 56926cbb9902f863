import { z } from 'zod';
import { mailNickname, moment, profile, text, usageLocation } from '../../src/contract/index.ts';

/** An address of mail as Entra takes it: no accents. [learn.microsoft.com/graph/api/resources/user] */
const address = text(250).refine((value) => /^[\x21-\x7e]+@[\x21-\x7e]+$/.test(value), 'is not a mail address');

/**
 * What update_user can set. displayName, mail, mailNickname, userPrincipalName, userType and usageLocation cannot be
 * cleared; businessPhones holds one number; otherMails replaces the whole list.
 * [learn.microsoft.com/graph/api/user-update]
 */
export const settable = z
  .strictObject(
    {
      displayName: text(256),
      userPrincipalName: text(113),
      mail: address,
      mailNickname,
      usageLocation,
      userType: z.enum(['Member', 'Guest']),
      businessPhones: z.array(text(64)).max(1, 'holds one number'),
      otherMails: z.array(address).max(250).describe('Replaces the whole list'),
      givenName: profile.givenName.nullable(),
      surname: profile.surname.nullable(),
      jobTitle: profile.jobTitle.nullable(),
      department: profile.department.nullable(),
      companyName: profile.companyName.nullable(),
      officeLocation: profile.officeLocation.nullable(),
      employeeId: profile.employeeId.nullable(),
      employeeType: profile.employeeType.nullable(),
      employeeHireDate: profile.employeeHireDate.nullable(),
      mobilePhone: profile.mobilePhone.nullable(),
      employeeLeaveDateTime: moment.nullable(),
      city: text(128).nullable(),
      state: text(128).nullable(),
      country: text(128).nullable(),
      postalCode: text(40).nullable(),
      streetAddress: text(1024).nullable(),
      preferredLanguage: text(64).nullable(),
    },
    { error: (issue) => (issue.code === 'unrecognized_keys' ? refusal(issue.keys) : undefined) },
  )
  .partial();

/** What to do instead, for properties that people ask for and update_user does not take. */
const elsewhere: Readonly<Record<string, string>> = {
  // Kept in SharePoint, and not to be written by an app alone. [learn.microsoft.com/graph/api/user-update]
  ...Object.fromEntries(
    ['aboutMe', 'birthday', 'interests', 'mySite', 'pastProjects', 'responsibilities', 'schools', 'skills'].map(
      (property) => [property, 'SharePoint keeps it, and only the person can write it'],
    ),
  ),
  accountEnabled: 'use disable_user or enable_user',
  assignedLicenses: 'use assign_licenses or remove_licenses',
  groups: 'use add_group_members or remove_group_members',
  identities: 'use manage_identities',
  licenses: 'use assign_licenses or remove_licenses',
  manager: 'use set_manager',
  memberOf: 'use add_group_members or remove_group_members',
  onPremisesImmutableId: 'it ties the account to AD, and no tool changes it',
  password: 'use reset_password',
  passwordPolicies: 'no tool changes it',
  passwordProfile: 'use reset_password',
  proxyAddresses: 'Graph cannot write it: set mail, or use Exchange',
  showInAddressList: 'Graph has it out of step with Exchange: use Exchange',
};

function refusal(keys: readonly string[]): string | undefined {
  const known = keys.filter((key) => Object.hasOwn(elsewhere, key));
  return known.length === 0 ? undefined : known.map((key) => `${key} is not set here: ${elsewhere[key]}`).join('; ');
}
