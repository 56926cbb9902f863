import type { CedarValueJson, Context, EntityJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { Risk } from '../../contract/index.ts';
import type { Caller } from '../gate.ts';
import type { Subject } from '../subjects.ts';
import type { Touched, TouchedObject } from './touched.ts';

/** What policies are asked about a plan. */
export interface PolicyQuestion {
  readonly tool: string;
  readonly risk: readonly Risk[];
  /** The guards, or the tool, ask for step-up. */
  readonly stepUp: boolean;
  readonly caller: Caller;
  readonly tenantId: string;
  /** Who this server is for Graph. */
  readonly identity: string;
  readonly touched: Touched;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** One question to Cedar: may this caller do this to that object, with nobody asked? */
export interface CedarRequest {
  readonly principal: Uid;
  readonly action: Uid;
  readonly resource: Uid;
  readonly context: Context;
  readonly entities: EntityJson[];
}

interface Uid {
  readonly type: string;
  readonly id: string;
}

/** A request for each object of a plan. What the tenant's people wrote is a value in it, never part of a policy's text. */
export function cedarRequests(
  question: PolicyQuestion,
): { readonly request: CedarRequest; readonly object?: TouchedObject }[] {
  const { objects } = question.touched;
  if (objects.length > 0)
    return objects.map((object) => ({
      object,
      request: requestAbout(question, entityOf(object.subject), object.touch),
    }));
  const tenant: EntityJson = { uid: { type: 'Tenant', id: question.tenantId }, attrs: {}, parents: [] };
  return [{ request: requestAbout(question, tenant, 'change') }];
}

function requestAbout(question: PolicyQuestion, resource: EntityJson, touch: TouchedObject['touch']): CedarRequest {
  const { caller, tool, identity } = question;
  const requester = caller.requester.toWellFormed();
  const principal = { type: 'Caller', id: requester };
  const attrs = { requester, client: caller.clientId.toWellFormed(), identity };
  return {
    principal,
    action: { type: 'Action', id: tool },
    resource: 'type' in resource.uid ? resource.uid : resource.uid.__entity,
    context: contextOf(question, touch),
    entities: [{ uid: principal, attrs, parents: [] }, resource],
  };
}

function contextOf(
  { risk, stepUp, caller, touched, now }: PolicyQuestion,
  touch: TouchedObject['touch'],
): Record<string, CedarValueJson> {
  const at = new Date(now);
  return {
    touch: entity('Touch', touch),
    risk: {
      write: risk.includes('write'),
      grant: risk.includes('grant'),
      destructive: risk.includes('destructive'),
      irreversible: risk.includes('irreversible'),
    },
    stepUp,
    people: touched.people,
    users: [...touched.users].map((id) => entity('User', id)),
    groups: [...touched.groups].map((id) => entity('Group', id)),
    channel: entity('Channel', caller.transport),
    // Sunday is 0 in JavaScript.
    time: { hour: at.getHours(), minute: at.getMinutes(), weekday: at.getDay() === 0 ? 7 : at.getDay() },
    now: { __extn: { fn: 'datetime', arg: at.toISOString() } },
  };
}

function entity(type: string, id: string): CedarValueJson {
  return { __entity: { type, id } };
}

function entityOf({ judged, shown, groupIds }: Subject): EntityJson {
  const parents = [...(groupIds ?? [])].map((id) => ({ type: 'Group', id }));
  const privileged = judged.privileged !== 'no';
  const onPremisesSyncEnabled = shown['onPremisesSyncEnabled'] === true;
  const displayName = textOf(judged.name);
  if (judged.kind === 'group') {
    const groupTypes = shown['groupTypes'];
    const dynamic = Array.isArray(groupTypes) && groupTypes.includes('DynamicMembership');
    const attrs = { displayName, dynamic, onPremisesSyncEnabled, privileged };
    return { uid: { type: 'Group', id: judged.id }, attrs, parents };
  }
  const attrs = {
    userPrincipalName: textOf(judged.userPrincipalName),
    displayName,
    department: textOf(shown['department']),
    jobTitle: textOf(shown['jobTitle']),
    userType: entity(
      'UserType',
      shown['userType'] === 'Member' || shown['userType'] === 'Guest' ? shown['userType'] : 'Unknown',
    ),
    accountEnabled: judged.accountEnabled === true,
    onPremisesSyncEnabled,
    privileged,
    deleted: judged.kind === 'deletedUser',
  };
  return { uid: { type: 'User', id: judged.id }, attrs, parents };
}

/** Cedar takes no half of a surrogate pair. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value.toWellFormed() : '';
}
