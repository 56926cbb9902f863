import type { ErrorCode, LicenseProblem } from '../contract/index.ts';

/** Code, message and fix of an error. */
export type Verdict = readonly [code: ErrorCode, message: string, fix: string];

const again = 'Try again later; if it stays, look at the service health page of Microsoft 365.';
const between = 'Check ENTRA_MCP_GRAPH_URL, HTTPS_PROXY and whatever else stands between here and Graph.';

/** What is said of each kind of trouble. Our words only. */
export const verdicts = {
  throttled: [
    'THROTTLED',
    'Graph is throttling this app in this tenant.',
    'Call again later; retryAfterMs says when, where Graph said so.',
  ],
  unavailable: ['UPSTREAM', 'Graph is not able to answer at the moment.', again],
  notImplemented: [
    'UNSUPPORTED_QUERY',
    'Graph does not support this operation on this kind of object.',
    'Ask for fewer fields, or for one object at a time.',
  ],
  signIn: [
    'AUTH_REQUIRED',
    'Graph did not accept the sign-in of this server.',
    'Check the credential and the tenant with `entra-mcp doctor`, then sign in again.',
  ],
  syncReset: ['SYNC_RESET', 'Graph no longer knows this sync state.', 'Begin the sync anew.'],
  redirected: ['UPSTREAM', 'Graph answered with a redirect, which is never followed.', between],
  notGraph: ['UPSTREAM', 'The refusal did not come from Graph itself.', between],
  notJson: ['UPSTREAM', 'The answer is not JSON, or was cut short.', `Try again. ${between}`],
  unexpected: [
    'UPSTREAM',
    'The answer of Graph does not have the form it is documented to have.',
    'Report it with detail.field, which names the place.',
  ],
  unsupportedQuery: [
    'UNSUPPORTED_QUERY',
    'Graph cannot filter, search or sort in this way.',
    'Use fewer or other conditions, and narrow the result down afterwards.',
  ],
  noPremium: [
    'NOT_PERMITTED',
    'The tenant lacks the license that this data needs.',
    'Sign-in activity and sign-in logs need Microsoft Entra ID P1 or P2. Leave these fields out.',
  ],
  notPermitted: [
    'NOT_PERMITTED',
    'Graph refused this for lack of a permission or a directory role.',
    'An administrator must grant the permission with admin consent. If the target holds an admin role, the app also needs a higher directory role than the target.',
  ],
  oldPage: ['INPUT_INVALID', 'The cursor is too old.', 'Ask for the list again without a cursor.'],
  noMailbox: [
    'NOT_FOUND',
    'The user has no mailbox in Exchange Online.',
    'Leave the mailbox out, or handle it where it is hosted.',
  ],
  taken: [
    'CONFLICT',
    'Another object in the directory already has one of these values.',
    'Choose another value for the property that detail names, or look for the object that has it.',
  ],
  synced: [
    'CONFLICT',
    'This property is mastered in the on-premises directory and cannot be changed in Entra ID.',
    'Change it in Active Directory; the next sync brings it here.',
  ],
  invalidValue: ['INPUT_INVALID', 'Graph refused a value.', 'Correct the property that detail names.'],
  badRead: ['INPUT_INVALID', 'Graph refused the request as not valid.', 'Check the ids and values in it.'],
  badWrite: [
    'CONFLICT',
    'Graph refused the change for this object as it is now.',
    'Read the object again and check whether it allows this change.',
  ],
  notFound: [
    'NOT_FOUND',
    'Graph has no such object, or does not show it to this app.',
    'Check the id or name. What was created within the last minute may not be visible yet.',
  ],
  conflict: ['CONFLICT', 'The change conflicts with another one under way.', 'Read the object again, then retry.'],
  changedMeanwhile: ['CONFLICT', 'The object was changed meanwhile.', 'Read the object again, then retry.'],
  cancelled: ['CANCELLED', 'The call was cancelled.', 'Call again if it is still wanted.'],
  deadline: ['UPSTREAM', 'Graph did not answer in time.', 'Try again, or ask for less at once.'],
  connect: ['UPSTREAM', 'No connection to Graph could be made.', `Check the network. ${between}`],
  dns: ['UPSTREAM', 'The host name of Graph could not be resolved.', `Check the network and its DNS. ${between}`],
  certificate: [
    'UPSTREAM',
    'The certificate of the Graph host is not trusted.',
    'Where a proxy or a private Graph has its own authority, name its certificate in NODE_EXTRA_CA_CERTS.',
  ],
  proxy: ['UPSTREAM', 'The proxy refused the connection to Graph.', 'Check HTTPS_PROXY, its credentials and NO_PROXY.'],
  reset: ['UPSTREAM', 'The connection to Graph broke before the answer was complete.', again],
  timeout: ['UPSTREAM', 'Graph fell silent before the answer was complete.', again],
  'too-large': ['UPSTREAM', 'The answer is larger than any that Graph gives.', between],
  undecodable: ['UPSTREAM', 'The answer is damaged: its encoding cannot be undone.', between],
  closed: ['CANCELLED', 'The server is shutting down.', 'Call again when it is up.'],
} as const satisfies Record<string, Verdict>;

/** What is said where Graph refuses to give or take a license. */
export const licenseVerdicts: Readonly<Record<LicenseProblem, Verdict>> = {
  usageLocation: [
    'CONFLICT',
    'Licensing does not know a usage location of the user.',
    'Set usageLocation, or wait a minute if it was set just now, and try again.',
  ],
  seats: [
    'CONFLICT',
    'No seat of the license is free.',
    'Buy seats, or take the license from someone with remove_licenses; list_licenses shows free seats.',
  ],
  inherited: [
    'CONFLICT',
    'The license comes through a group, or a license of a group needs it.',
    'See get_user_licenses, and use remove_group_members with the group that gives it.',
  ],
  plans: [
    'CONFLICT',
    'Service plans of the licenses exclude each other, or one lacks a plan that it needs.',
    'Compare get_user_licenses with list_licenses and servicePlans; leave plans off, or change another license first.',
  ],
  notHeld: [
    'CONFLICT',
    'The user does not hold one of the licenses directly.',
    'See get_user_licenses for what they hold now.',
  ],
};
