import type { Group } from './groups/groups.ts';
import { parts } from './people/cast.ts';
import type { Tenant } from './tenant.ts';

/** Someone whom tests and the tour rely on, as they were when the tenant started. */
export interface PersonLandmark {
  readonly id: string;
  readonly userPrincipalName: string;
  readonly displayName: string;
}

export interface GroupLandmark {
  readonly id: string;
  readonly displayName: string;
}

/** Noteworthy people and groups; the same for every seed but for their ids. */
export interface DemoLandmarks {
  /** Leads everyone; has no manager. */
  readonly executive: PersonLandmark;
  /** Manager of most of the cast, the ordinary person among them. */
  readonly manager: PersonLandmark;
  readonly globalAdmins: readonly [PersonLandmark, PersonLandmark];
  readonly userAdmin: PersonLandmark;
  /** Holds Helpdesk Administrator directly, and is a member of the role-assignable group. */
  readonly helpdeskAdmin: PersonLandmark;
  /** Could take up Privileged Role Administrator; holds no role. */
  readonly eligibleAdmin: PersonLandmark;
  /** Enabled, cloud-only, without privilege; has a manager, groups, licenses (direct and by group), two devices. */
  readonly ordinary: PersonLandmark;
  readonly disabled: PersonLandmark;
  readonly guest: PersonLandmark;
  readonly synced: PersonLandmark;
  /** Two people whose user principal names look the same. */
  readonly lookalikes: readonly [PersonLandmark, PersonLandmark];
  /** Their display name holds markup, an order to a model and bidi marks. */
  readonly hostileName: PersonLandmark;
  /** An apostrophe in the surname and in the user principal name. */
  readonly apostrophe: PersonLandmark;
  /** Never signed in; has no devices and no licenses. */
  readonly newcomer: PersonLandmark;
  /** Has everything that offboarding takes away, from reports to a OneDrive; holds no directory role. */
  readonly leaver: PersonLandmark;
  /** Holds a role, one more for a while, one in an administrative unit, could take up another, is in a role-assignable group. */
  readonly privilegedLeaver: PersonLandmark;
  /** 100 plain groups, 5 direct licenses, 3 devices, a password, and nothing else. */
  readonly busyLeaver: PersonLandmark;
  /** In an administrative unit with restricted management: apps without a role there cannot change them. */
  readonly restricted: PersonLandmark;
  /** A user who was deleted before the tenant started, the day before. */
  readonly deletedUser: PersonLandmark;
  readonly groups: {
    /** Everyone but guests. */
    readonly bigGroup: GroupLandmark;
    /** `user.department -eq "Sales"`. */
    readonly dynamic: GroupLandmark;
    readonly roleAssignable: GroupLandmark;
    /** Gives its members Microsoft 365 E5. */
    readonly licensed: GroupLandmark;
    readonly synced: GroupLandmark;
    /** A plain security group with two owners; the ordinary person is in it, the eligible one is not. */
    readonly security: GroupLandmark;
    /** A Microsoft 365 group with one owner. */
    readonly m365: GroupLandmark;
    /** Its direct members are groups. */
    readonly nested: GroupLandmark;
    /** Mail-enabled security: Exchange's to change. */
    readonly mailEnabled: GroupLandmark;
  };
}

/** Names the landmarks of a fresh tenant. */
export function landmarksOf(tenant: Tenant): DemoLandmarks {
  const { population } = tenant.people.origin;
  const person = (index: number): PersonLandmark => {
    const { userPrincipalName, displayName } = population.facts(index);
    return { id: population.id(index), userPrincipalName, displayName };
  };
  const group = (seeded: Group): GroupLandmark => ({ id: seeded.id, displayName: String(seeded.get('displayName')) });
  const { bigGroup, dynamic, roleAssignable, licensed, synced, security, m365, nested, mailEnabled } =
    tenant.seededGroups;
  return {
    executive: person(parts.executive),
    manager: person(parts.manager),
    globalAdmins: [person(parts.globalAdmins[0]), person(parts.globalAdmins[1])],
    userAdmin: person(parts.userAdmin),
    helpdeskAdmin: person(parts.helpdeskAdmin),
    eligibleAdmin: person(parts.eligibleAdmin),
    ordinary: person(parts.ordinary),
    disabled: person(parts.disabled),
    guest: person(parts.guest),
    synced: person(parts.synced),
    lookalikes: [person(parts.lookalikes[0]), person(parts.lookalikes[1])],
    hostileName: person(parts.hostileName),
    apostrophe: person(parts.apostrophe),
    newcomer: person(parts.newcomer),
    leaver: person(parts.leaver),
    privilegedLeaver: person(parts.privilegedLeaver),
    busyLeaver: person(parts.busyLeaver),
    restricted: person(parts.restricted),
    deletedUser: person(population.size),
    groups: {
      bigGroup: group(bigGroup),
      dynamic: group(dynamic),
      roleAssignable: group(roleAssignable),
      licensed: group(licensed),
      synced: group(synced),
      security: group(security),
      m365: group(m365),
      nested: group(nested),
      mailEnabled: group(mailEnabled),
    },
  };
}
