import { type Requirement, type Risk, type RuleMatches, ToolError } from '../../src/contract/index.ts';

const waysIn = ['userPrincipalName', 'mail', 'otherMails', 'mobilePhone', 'businessPhones'];
const giveAccess = [...waysIn, 'employeeId', 'userType'];
const leaveDate = 'employeeLeaveDateTime';

/** True for properties that are a way into the account: what signs in, resets the password or proves who one is. */
export function opensAccount(property: string): boolean {
  return waysIn.includes(property);
}

/** The risks that a change of these properties has beyond `write`. */
export function raisedTo(properties: readonly string[], rules: RuleMatches): Risk[] {
  const grants =
    rules.groups.length > 0 || !rules.known || properties.some((property) => giveAccess.includes(property));
  return [...(grants ? ['grant' as const] : []), ...(properties.includes(leaveDate) ? ['destructive' as const] : [])];
}

/** Properties with a permission of their own. [learn.microsoft.com/graph/api/user-update] */
const ownPermission: Readonly<Record<string, string>> = {
  businessPhones: 'User-Phone.ReadWrite.All',
  mobilePhone: 'User-Phone.ReadWrite.All',
  otherMails: 'User-Mail.ReadWrite.All',
  [leaveDate]: 'User-LifeCycleInfo.ReadWrite.All',
};

/** What a change of these properties needs. Ways into the account ask for more where its holder is an admin. */
export function requirementOf(properties: readonly string[]): Requirement {
  const permissions = properties.map((property) => ownPermission[property] ?? 'User.ReadUpdate.All');
  return {
    permissions: [...new Set([...permissions, 'User.Read.All'])],
    guardsAdmins: properties.some((property) => guarded.includes(property)),
  };
}

// [learn.microsoft.com/graph/api/resources/users#who-can-perform-sensitive-actions]
const guarded = ['userPrincipalName', 'otherMails', 'mobilePhone', 'businessPhones'];

// Writable although AD masters the account. [learn.microsoft.com/graph/api/resources/user]
const cloudMastered = ['usageLocation', 'otherMails', 'userType', 'employeeHireDate', leaveDate];

/** Throws ToolError CONFLICT where AD masters one of these properties of a synced account. */
export function refuseMastered(properties: readonly string[]): void {
  const mastered = properties.filter((property) => !cloudMastered.includes(property));
  if (mastered.length === 0) return;
  throw new ToolError('CONFLICT', {
    message: `The account is synced from AD, which masters ${mastered.join(', ')}: Entra refuses the change.`,
    fix: 'Change it in Active Directory, or leave these properties out.',
    detail: { properties: mastered },
  });
}

const namesShown = 10;

/** What follows from a change of these properties. */
export function effectsOf(properties: readonly string[], { groups }: RuleMatches): string[] {
  const shown = groups.slice(0, namesShown).join(', ');
  const others = groups.length > namesShown ? ` and ${groups.length - namesShown} more` : '';
  return [
    'Nothing else of the account changes',
    ...(properties.includes('userPrincipalName') ? ['They sign in with the new name from now on'] : []),
    ...(properties.includes('otherMails') ? ['otherMails is replaced as a whole'] : []),
    ...(groups.length === 0 ? [] : [`Dynamic groups that go by it can take them in or let them go: ${shown}${others}`]),
  ];
}

/** What the approver should look at twice. */
export function warningsOf(properties: readonly string[], { known }: RuleMatches): string[] {
  return [
    ...(properties.some(opensAccount)
      ? ['Sign-in name, mail and phone can be used to get into the account: make sure that they are theirs']
      : []),
    ...(properties.includes('employeeId') ? ['Apps and provisioning can match people by employeeId'] : []),
    ...(properties.includes('userType') ? ['Members see and may do more in the tenant than guests'] : []),
    ...(properties.includes(leaveDate)
      ? ['Lifecycle workflows can disable or delete the account by its leave date']
      : []),
    ...(known ? [] : ['The rules of some dynamic groups could not be read: they may go by what changes']),
  ];
}
