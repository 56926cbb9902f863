import { z } from 'zod';
import { auditTarget, bodyOf, recordChange } from '../change.ts';
import { badRequest, GraphFault, malformed, notFound } from '../errors.ts';
import { contextOf } from '../listing.ts';
import { directoryTime } from '../people/generated.ts';
import type { Person } from '../people/person.ts';
import { redemptionResetters } from '../permissions.ts';
import type { Answer } from '../request.ts';
import type { Call, Routes } from '../router.ts';

const recipient = z.object({ emailAddress: z.object({ name: z.string().nullish(), address: z.string().nullish() }) });
const invitation = z.strictObject({
  '@odata.type': z.string().optional(),
  invitedUserEmailAddress: z.string(),
  inviteRedirectUrl: z.string(),
  invitedUserDisplayName: z.string().max(256).nullish(),
  invitedUserType: z.enum(['Guest', 'Member']).nullish(),
  sendInvitationMessage: z.boolean().nullish(),
  resetRedemption: z.boolean().nullish(),
  invitedUser: z.object({ id: z.guid() }).nullish(),
  invitedUserMessageInfo: z
    .object({
      customizedMessageBody: z.string().nullish(),
      messageLanguage: z.string().nullish(),
      ccRecipients: z.array(recipient).max(1).nullish(),
    })
    .nullish(),
});
type Invitation = z.infer<typeof invitation>;

/** Invites a guest, or once more someone who was invited before: then nobody new is made. */
function invite(call: Call): Answer {
  const asked = read(call);
  const person =
    asked.resetRedemption === true ? redeemsAnew(call, asked) : (known(call, asked) ?? create(call, asked));
  return {
    status: 201,
    body: { '@odata.context': contextOf(call, 'invitations', undefined, true), ...rendered(call, asked, person) },
  };
}

function read(call: Call): Invitation {
  const parsed = invitation.safeParse(bodyOf(call));
  if (!parsed.success)
    throw malformed(`Invalid value specified for property '${parsed.error.issues[0]?.path.join('/')}'.`);
  const { invitedUserEmailAddress, inviteRedirectUrl } = parsed.data;
  if (!/^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>".]+$/.test(invitedUserEmailAddress))
    throw malformed('The invited user email address is not valid.');
  if (!URL.canParse(inviteRedirectUrl)) throw malformed('The invite redirect URL is not valid.');
  return parsed.data;
}

/** Someone who has the address already. Throws where an invitation makes no sense for them. */
function known(call: Call, { invitedUserEmailAddress }: Invitation): Person | undefined {
  const { people, domains } = call.tenant;
  const person = people.holderOfMail(invitedUserEmailAddress) ?? people.holderOfName(invitedUserEmailAddress);
  const already = `The invited user already exists in the directory as object ID: ${person?.id}`;
  if (person !== undefined && person.get('accountEnabled') === false) {
    throw malformed(
      `${already}, but the account is blocked from signing in. If the account is unblocked, they can use that account to sign in to shared apps and resources.`,
    );
  }
  if (person !== undefined && person.get('externalUserState') === null) {
    throw malformed(`${already}. They can use that account to sign in to shared apps and resources.`);
  }
  const domain = invitedUserEmailAddress.split('@')[1]?.toLowerCase();
  if (person === undefined && Object.values(domains).some((name) => name === domain)) {
    throw malformed('The target domain for the invited user cannot be the verified domain of this directory.');
  }
  if (person !== undefined) recordInvitation(call, person);
  return person;
}

function create(call: Call, asked: Invitation): Person {
  const { tenant } = call;
  const mail = asked.invitedUserEmailAddress;
  const [local = ''] = mail.split('@');
  const createdDateTime = directoryTime(tenant.now());
  const person = tenant.people.create(tenant.nextOrdinal(), {
    accountEnabled: true,
    displayName: asked.invitedUserDisplayName ?? local,
    mail,
    otherMails: [mail],
    proxyAddresses: [`SMTP:${mail}`],
    ...namesOf(call, mail),
    userType: asked.invitedUserType ?? 'Guest',
    creationType: 'Invitation',
    externalUserState: 'PendingAcceptance',
    externalUserStateChangeDateTime: createdDateTime,
    createdDateTime,
    signInSessionsValidFromDateTime: createdDateTime,
    identities: [],
  });
  recordInvitation(call, person);
  return person;
}

/** `local_domain#EXT#@initial`, with a number where a deleted or renamed guest keeps the name. */
function namesOf({ tenant }: Call, mail: string): { mailNickname: string; userPrincipalName: string } {
  const base = mail.replace('@', '_').replaceAll(/[^A-Za-z0-9'._!#^~-]/g, '');
  for (let number = 0; ; number += 1) {
    const mailNickname = `${base}${number === 0 ? '' : number}#EXT#`;
    const userPrincipalName = `${mailNickname}@${tenant.domains.initial}`;
    if (tenant.people.holderOfName(userPrincipalName) === undefined) return { mailNickname, userPrincipalName };
  }
}

/** Lets a guest redeem anew, with another address if wanted; everything they have stays. */
function redeemsAnew(call: Call, { invitedUser, invitedUserEmailAddress: mail }: Invitation): Person {
  call.tenant.authority.require(redemptionResetters);
  if (invitedUser === undefined || invitedUser === null)
    throw malformed('invitedUser is required to reset the redemption status.');
  const person = call.tenant.people.byId(invitedUser.id);
  if (person === undefined) throw notFound(invitedUser.id);
  if (person.get('externalUserState') === null)
    throw badRequest('The redemption status of an internal user cannot be reset.');
  const other = call.tenant.people.holderOfMail(mail);
  if (other !== undefined && other.id !== person.id) {
    throw new GraphFault(
      400,
      'Request_BadRequest',
      'Another object with the same value for property proxyAddresses already exists.',
      [{ code: 'ObjectConflict', target: 'proxyAddresses' }],
    );
  }
  call.tenant.people.change(person, {
    mail,
    otherMails: [mail],
    proxyAddresses: [`SMTP:${mail}`],
    externalUserState: 'PendingAcceptance',
    externalUserStateChangeDateTime: directoryTime(call.tenant.now()),
  });
  recordInvitation(call, person);
  return person;
}

const recordInvitation = (call: Call, person: Person): void =>
  recordChange(call, {
    activityDisplayName: 'Invite external user',
    category: 'UserManagement',
    operationType: 'Add',
    targets: [auditTarget(person)],
  });

function rendered({ tenant }: Call, asked: Invitation, person: Person): Record<string, unknown> {
  const { id } = tenant.nextRecord();
  const ticket = Buffer.from(tenant.nextRecord().id).toString('base64');
  const query = new URLSearchParams({ tenant: tenant.id, user: id, ticket, ver: '2.0' });
  return {
    id,
    inviteRedeemUrl: `https://login.microsoftonline.com/redeem?${query}`,
    invitedUserDisplayName: asked.invitedUserDisplayName ?? null,
    invitedUserType: asked.invitedUserType ?? 'Guest',
    invitedUserEmailAddress: asked.invitedUserEmailAddress,
    sendInvitationMessage: asked.sendInvitationMessage ?? false,
    resetRedemption: asked.resetRedemption ?? false,
    inviteRedirectUrl: asked.inviteRedirectUrl,
    status: person.get('externalUserState') === 'Accepted' ? 'Completed' : 'PendingAcceptance',
    invitedUserMessageInfo: {
      messageLanguage: asked.invitedUserMessageInfo?.messageLanguage ?? null,
      customizedMessageBody: asked.invitedUserMessageInfo?.customizedMessageBody ?? null,
      ccRecipients: asked.invitedUserMessageInfo?.ccRecipients ?? [{ emailAddress: { name: null, address: null } }],
    },
    invitedUser: { id: person.id },
  };
}

export const invitationRoutes: Routes = { 'POST /invitations': invite };
