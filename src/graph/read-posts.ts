/**
 * Every POST that only reads. Anything else that is not a GET needs a grant.
 * [learn.microsoft.com/graph/api/directoryobject-getmembergroups, -checkmemberobjects, -getbyids]
 */
const readPosts: ReadonlySet<string> = new Set([
  ...['/users/{}', '/groups/{}', '/devices/{}', '/servicePrincipals/{}', '/directoryObjects/{}'].flatMap((object) => [
    `${object}/getMemberGroups`,
    `${object}/getMemberObjects`,
    `${object}/checkMemberGroups`,
    `${object}/checkMemberObjects`,
    `${object}/isMemberOf`,
  ]),
  '/directoryObjects/getByIds',
  '/directory/deletedItems/getByIds',
  '/users/getByIds',
  '/groups/getByIds',
]);

/** True for the template of a POST that only reads. */
export function asksOnly(template: string): boolean {
  return readPosts.has(template);
}
