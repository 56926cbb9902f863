import type { DemoLandmarks, DemoTenant } from '../../src/demo/index.ts';

export const reason = 'left the company';

/** What calls of other tools have come to. */
export interface Before {
  readonly people: DemoLandmarks;
  /** A guest who has not accepted yet. */
  readonly invitedId: string;
  /** Id of the plan that a tool made last, by the tool's name. */
  readonly plans: ReadonlyMap<string, string>;
  /** An offboarding that was begun. */
  readonly runId?: unknown;
  /** One that is to begin later. */
  readonly laterRunId?: unknown;
}

/** Deletes `apostrophe` and invites a guest, for the tools that need such; the guest's id. */
export async function prepared({ url, landmarks }: DemoTenant, displayName = 'Ida'): Promise<string> {
  await fetch(`${url}/v1.0/users/${landmarks.apostrophe.id}`, { method: 'DELETE' });
  const invitation = {
    invitedUserEmailAddress: 'ida@partner.example',
    invitedUserDisplayName: displayName,
    inviteRedirectUrl: 'https://myapplications.microsoft.com',
  };
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(invitation);
  const answer = await fetch(`${url}/v1.0/invitations`, { method: 'POST', headers, body });
  return String(Object(await answer.json()).invitedUser.id);
}

type Arguments = (before: Before) => Record<string, unknown>;

/**
 * Valid arguments of every tool, which find something to do in the demo tenant, in an order in which one can go on with
 * another. The tenant is prepared for it.
 */
export const everyTool: Readonly<Record<string, Arguments>> = {
  search_users: () => ({ pageSize: 5 }),
  get_user: ({ people }) => ({ user: people.leaver.id, include: ['manager', 'groups', 'reports'] }),
  list_user_groups: ({ people }) => ({ user: people.ordinary.id }),
  search_groups: () => ({ pageSize: 5 }),
  get_group: ({ people }) => ({ group: people.groups.security.id }),
  list_group_members: ({ people }) => ({ group: people.groups.security.id }),
  get_user_licenses: ({ people }) => ({ user: people.ordinary.id }),
  delta_sync: () => ({}),
  query_directory: () => ({ sql: 'select * from users limit 3' }),
  list_changes: () => ({ since: '2020-01-01T00:00:00Z' }),
  create_user: () => ({ userPrincipalName: 'eve@contoso-demo.example', displayName: 'Eve', jobTitle: 'x', reason }),
  invite_guest: () => ({ invitedUserEmailAddress: 'eve@partner.example', invitedUserDisplayName: 'Eve', reason }),
  resend_invitation: ({ invitedId }) => ({ user: invitedId, reason }),
  update_user: ({ people }) => ({ user: people.ordinary.id, set: { officeLocation: 'B2' }, reason }),
  set_manager: ({ people }) => ({ user: people.ordinary.id, manager: people.executive.id, reason }),
  enable_user: ({ people }) => ({ user: people.disabled.id, reason }),
  reset_password: ({ people }) => ({ user: people.newcomer.id, reason }),
  disable_user: ({ people }) => ({ user: people.newcomer.id, reason }),
  revoke_sessions: ({ people }) => ({ user: people.newcomer.id, reason }),
  assign_licenses: ({ people }) => ({
    user: people.newcomer.id,
    licenses: ['POWER_BI_STANDARD'],
    usageLocation: 'SE',
    reason,
  }),
  remove_licenses: ({ people }) => ({ user: people.leaver.id, licenses: ['POWER_BI_STANDARD'], reason }),
  create_group: ({ people }) => ({ displayName: 'New', kind: 'security', owners: [people.ordinary.id], reason }),
  add_group_members: ({ people }) => ({ group: people.groups.security.id, users: [people.newcomer.id], reason }),
  remove_group_members: ({ people }) => ({ group: people.groups.security.id, users: [people.ordinary.id], reason }),
  change_group_owners: ({ people }) => ({ group: people.groups.m365.id, add: [people.newcomer.id], reason }),
  update_group: ({ people }) => ({ group: people.groups.m365.id, set: { description: 'New' }, reason }),
  delete_group: ({ people }) => ({ group: people.groups.m365.id, reason }),
  offboard_user: ({ people }) => ({ user: people.leaver.id, successor: people.ordinary.id, reason }),
  offboard_users: ({ people }) => ({ users: [people.newcomer.id, people.busyLeaver.id], reason }),
  onboard_user: ({ people }) => ({
    userPrincipalName: 'eve.new@contoso-demo.example',
    displayName: 'Eve',
    manager: people.ordinary.id,
    groups: [people.groups.security.id],
    reason,
  }),
  delete_user: ({ people }) => ({ user: people.newcomer.id, reason }),
  apply_plan: ({ plans }) => ({ planId: plans.get('disable_user'), waitSeconds: 0 }),
  get_plan: ({ plans }) => ({ planId: plans.get('offboard_user') }),
  decide_plan: ({ plans }) => ({ planId: plans.get('disable_user'), nonce: 'made up', decision: 'approve' }),
  get_run: ({ runId }) => ({ runId }),
  list_runs: () => ({}),
  cancel_run: ({ laterRunId }) => ({ runId: laterRunId, reason }),
  resume_run: ({ runId }) => ({ runId, mailbox: 'released', reason }),
  undo_offboarding: ({ runId }) => ({ runId, credential: 'none', reason }),
  restore_user: ({ people }) => ({ user: people.apostrophe.id, reason }),
  list_deleted_users: () => ({}),
  purge_user: ({ people }) => ({ user: people.apostrophe.id, reason }),
  list_applied_plans: () => ({}),
  check_access: () => ({}),
  describe_directory: () => ({}),
  list_licenses: () => ({}),
};
