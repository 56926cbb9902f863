import { z } from 'zod';
import { auditTarget, bodyOf, noContent, recordChange } from '../change.ts';
import { Row } from '../directory-object.ts';
import { type DrivePermission, driveIdOf, driveResource, permissionIdOf } from '../drives.ts';
import { GraphFault } from '../errors.ts';
import { contextOf } from '../listing.ts';
import { directoryTime } from '../people/generated.ts';
import type { Person } from '../people/person.ts';
import { one } from '../reading.ts';
import type { Answer } from '../request.ts';
import { type Call, param, type Routes } from '../router.ts';
import { userOf } from './users.ts';

const itemNotFound = (): GraphFault => new GraphFault(404, 'itemNotFound', 'The resource could not be found.');
const invalidRequest = (message: string): GraphFault => new GraphFault(400, 'invalidRequest', message);

/** Whose drive a path names. Below the root there is nothing. */
function ownerOf(call: Call): Person {
  const owner = call.tenant.drives.ownerOf(param(call, 'drive'));
  const item = call.params['item'];
  if (owner === undefined || (item !== undefined && item !== 'root' && item !== rootIdOf(owner))) throw itemNotFound();
  return owner;
}

const rootIdOf = ({ id }: Person): string => `01${id.replaceAll('-', '').toUpperCase()}`;

const siteOf = (owner: Person): string =>
  `https://contoso-demo-my.sharepoint.com/personal/${owner
    .text('userPrincipalName')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '_')}/Documents`;

const identity = (person: Person): Record<string, unknown> => ({
  user: { id: person.id, displayName: person.get('displayName'), email: person.get('mail') },
});

function drive(call: Call, owner: Person): Answer {
  const createdDateTime = directoryTime(call.tenant.startedAt - 300 * 86_400_000);
  const row = new Row('record', driveIdOf(owner), 0, {
    createdDateTime,
    description: '',
    driveType: 'business',
    lastModifiedDateTime: createdDateTime,
    name: 'OneDrive',
    owner: identity(owner),
    quota: { deleted: 0, remaining: 1_099_511_000_000, state: 'normal', total: 1_099_511_627_776, used: 627_776 },
    webUrl: siteOf(owner),
  });
  return one(call, 'drives', row, { resource: driveResource });
}

function root(call: Call): Answer {
  const owner = ownerOf(call);
  const date = directoryTime(call.tenant.startedAt - 300 * 86_400_000);
  const body = {
    '@odata.context': contextOf(call, `drives('${driveIdOf(owner)}')/root`, undefined, true),
    id: rootIdOf(owner),
    name: 'root',
    createdDateTime: date,
    lastModifiedDateTime: date,
    webUrl: siteOf(owner),
    size: 627_776,
    folder: { childCount: 12 },
    root: {},
  };
  return { status: 200, body };
}

const shown = ({ id, roles, person }: DrivePermission): Record<string, unknown> => ({
  id,
  roles,
  grantedToV2: identity(person),
});

/** The owner's own permission stands first. */
const permissionsOf = (call: Call, owner: Person): DrivePermission[] => [
  { id: permissionIdOf(owner), roles: ['owner'], person: owner },
  ...call.tenant.drives.permissions(owner),
];

function permissionOf(call: Call, owner: Person): DrivePermission {
  const found = permissionsOf(call, owner).find(({ id }) => id === param(call, 'permission'));
  if (found === undefined) throw itemNotFound();
  return found;
}

const recipient = z.object({ objectId: z.guid().nullish(), email: z.string().nullish(), alias: z.string().nullish() });
const invitation = z.object({
  recipients: z.array(recipient).min(1),
  roles: z.array(z.enum(['read', 'write', 'owner'])).length(1),
  requireSignIn: z.boolean().nullish(),
  sendInvitation: z.boolean().nullish(),
  message: z.string().max(2000).nullish(),
});

const context = (call: Call, owner: Person): string =>
  contextOf(call, `drives('${driveIdOf(owner)}')/root/permissions`);

function invite(call: Call): Answer {
  const owner = ownerOf(call);
  const parsed = invitation.safeParse(bodyOf(call));
  if (!parsed.success) throw invalidRequest('One of the provided arguments is not acceptable.');
  const { recipients, roles } = parsed.data;
  const { people, drives } = call.tenant;
  const invited = recipients.map(({ objectId, email, alias }) => {
    const name = email ?? alias ?? '';
    const person = objectId == null ? (people.holderOfMail(name) ?? people.find(name)) : people.byId(objectId);
    if (person === undefined) throw invalidRequest('One or more users could not be resolved');
    return person;
  });
  const value = invited.map((person) => shown(drives.share(owner, person, roles)));
  for (const person of invited) record(call, 'Add sharing permission', person, owner);
  return { status: 200, body: { '@odata.context': context(call, owner), value } };
}

const record = (call: Call, activityDisplayName: string, person: Person, owner: Person): void =>
  recordChange(call, {
    activityDisplayName,
    category: 'UserManagement',
    operationType: activityDisplayName.startsWith('Add') ? 'Assign' : 'Unassign',
    targets: [auditTarget(owner), auditTarget(person)],
  });

function revoke(call: Call): Answer {
  const owner = ownerOf(call);
  const { person } = permissionOf(call, owner);
  if (person.id === owner.id) throw new GraphFault(403, 'accessDenied', 'Access denied');
  call.tenant.drives.unshare(owner, person);
  record(call, 'Remove sharing permission', person, owner);
  return noContent;
}

const sharing = (item: string): Routes => ({
  [`GET ${item}/permissions`]: (call) => {
    const owner = ownerOf(call);
    return {
      status: 200,
      body: { '@odata.context': context(call, owner), value: permissionsOf(call, owner).map(shown) },
    };
  },
  [`GET ${item}/permissions/{permission}`]: (call) => {
    const owner = ownerOf(call);
    return {
      status: 200,
      body: { '@odata.context': `${context(call, owner)}/$entity`, ...shown(permissionOf(call, owner)) },
    };
  },
  [`POST ${item}/invite`]: invite,
  [`DELETE ${item}/permissions/{permission}`]: revoke,
});

export const driveRoutes: Routes = {
  'GET /users/{user}/drive': (call) => {
    const owner = userOf(call);
    if (!call.tenant.drives.has(owner)) throw new GraphFault(404, 'ResourceNotFound', "User's mysite not found.");
    return drive(call, owner);
  },
  'GET /drives/{drive}': (call) => drive(call, ownerOf(call)),
  'GET /drives/{drive}/root': root,
  ...sharing('/drives/{drive}/root'),
  ...sharing('/drives/{drive}/items/{item}'),
};
