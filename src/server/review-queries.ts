/** Questions of reviews to the mirror, as SQL for query_directory. What a person typed is a parameter, never part of it. */

/** A question, and the parameters that its SQL names. */
export interface ReviewQuery {
  readonly asks: string;
  readonly sql: string;
  readonly params: Readonly<Record<string, string>>;
  /** True where it reads a column that is there only if the settings mirror sign-in activity. */
  readonly needsSignIns: boolean;
}

const person = 'u.id, u.displayName, u.userPrincipalName';
const groupNamed = '(id = :group OR displayName = :group)';
const inGroup = `WITH RECURSIVE inside(id) AS (SELECT id FROM groups WHERE ${groupNamed} UNION SELECT m.memberId FROM memberships m JOIN inside i ON m.groupId = i.id) `;

/** Who has access: everywhere, or in one group and the groups within it. */
export function accessQueries(group: string | undefined, days: string): ReviewQuery[] {
  const params = group === undefined ? {} : { group };
  const within = group === undefined ? '' : ' AND u.id IN (SELECT id FROM inside)';
  const people = (asks: string, columns: string, where: string, needsSignIns = false): ReviewQuery => ({
    asks,
    sql: `${group === undefined ? '' : inGroup}SELECT ${person}, ${columns} FROM users u WHERE ${where}${within} ORDER BY u.displayName`,
    params,
    needsSignIns,
  });
  const quiet = notSince(days);
  return [
    ...(group === undefined ? [] : [groupQuery(params)]),
    privileged(group, params),
    people(
      `Guests who have not signed in for ${days} days`,
      'u.externalUserState, u.createdDateTime, u.lastSignInDateTime',
      `u.userType = 'Guest' AND u.accountEnabled = 1 AND ${quiet}`,
      true,
    ),
    people(
      `Guests who have not accepted their invitation for ${days} days`,
      'u.createdDateTime',
      `u.externalUserState = 'PendingAcceptance' AND u.createdDateTime < ${ago(days)}`,
    ),
    people(
      `Enabled accounts of members that have not signed in for ${days} days`,
      'u.department, u.managerId, u.createdDateTime, u.lastSignInDateTime',
      `u.userType = 'Member' AND u.accountEnabled = 1 AND ${quiet}`,
      true,
    ),
    people(
      'Disabled accounts that are still in groups',
      '(SELECT count(*) FROM memberships m WHERE m.memberId = u.id) AS groupCount',
      'u.accountEnabled = 0 AND EXISTS (SELECT 1 FROM memberships m WHERE m.memberId = u.id)',
    ),
  ];
}

/** Licenses that cost and serve nobody: of every product, or of one. */
export function licenseQueries(license: string | undefined, days: string): ReviewQuery[] {
  const params = license === undefined ? {} : { license };
  const which = license === undefined ? '' : ` AND ${isAsked}`;
  const holders = (asks: string, columns: string, where: string, needsSignIns = false): ReviewQuery => ({
    asks,
    sql: `SELECT ${person}, ${columns}group_concat(${product}, ', ' ORDER BY ${product}) AS licenses FROM users u JOIN licenses l ON l.userId = u.id WHERE ${where}${which} GROUP BY u.id ORDER BY u.displayName`,
    params,
    needsSignIns,
  });
  return [
    holders('Disabled accounts that still hold licenses', '', 'u.accountEnabled = 0'),
    holders(
      `Enabled accounts that hold licenses and have not signed in for ${days} days`,
      'u.department, u.lastSignInDateTime, ',
      `u.accountEnabled = 1 AND ${notSince(days)}`,
      true,
    ),
    {
      asks: 'Products that people hold together: one may contain another',
      sql: `SELECT products, count(*) AS people FROM (SELECT group_concat(${product}, ', ' ORDER BY ${product}) AS products FROM licenses l GROUP BY l.userId HAVING count(*) > 1${license === undefined ? '' : ` AND max(${isAsked}) = 1`}) GROUP BY products ORDER BY people DESC`,
      params,
      needsSignIns: false,
    },
  ];
}

const product = 'coalesce(l.skuPartNumber, l.skuId)';
const isAsked = '(l.skuPartNumber = :license COLLATE NOCASE OR l.skuId = :license COLLATE NOCASE)';

function groupQuery(params: Readonly<Record<string, string>>): ReviewQuery {
  return {
    asks: 'The group itself; ask me which one where there are several of this name',
    sql: `SELECT id, displayName, isAssignableToRole, membershipRule, (SELECT count(*) FROM memberships m WHERE m.groupId = groups.id) AS members FROM groups WHERE ${groupNamed}`,
    params,
    needsSignIns: false,
  };
}

/** Groups that can hold directory roles have no groups within them. [learn.microsoft.com/entra/identity/role-based-access-control/groups-concept] */
function privileged(group: string | undefined, params: Readonly<Record<string, string>>): ReviewQuery {
  const one = group === undefined ? '' : ' AND (g.id = :group OR g.displayName = :group)';
  return {
    asks: 'Members of groups that can hold directory roles: privileged people',
    sql: `SELECT g.displayName AS groupName, ${person}, u.userType, u.accountEnabled FROM groups g JOIN memberships m ON m.groupId = g.id JOIN users u ON u.id = m.memberId WHERE g.isAssignableToRole = 1${one} ORDER BY groupName, u.displayName`,
    params,
    needsSignIns: false,
  };
}

/** Never signed in counts from when the account was made. */
function notSince(days: string): string {
  return `coalesce(u.lastSignInDateTime, u.createdDateTime) < ${ago(days)}`;
}

/** Days come from the list of the prompts. */
function ago(days: string): string {
  return `strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-${days} days')`;
}
