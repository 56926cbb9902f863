import { z } from 'zod';
import {
  type AccessPackage,
  accessPackageAssignmentResource,
  accessPackageResource,
  assignmentRequestResource,
  targetOf,
} from '../access-packages.ts';
import { auditTarget, bodyOf, recordChange } from '../change.ts';
import { type DirectoryObject, Row } from '../directory-object.ts';
import { GraphFault, notFound } from '../errors.ts';
import { contextOf, type Listing, list } from '../listing.ts';
import { render } from '../odata/resource.ts';
import { directoryTime } from '../people/generated.ts';
import type { Person } from '../people/person.ts';
import { inOrder, one } from '../reading.ts';
import type { Answer } from '../request.ts';
import { type Call, param, type Routes } from '../router.ts';
import { type Expanded, Inline } from '../shape.ts';
import type { Tenant } from '../tenant.ts';
import { addMembers, takeOut } from './group-members.ts';

const base = '/identityGovernance/entitlementManagement';
const context = base.slice(1);

/** What a package gives: the role of a member in each of its groups. */
function roleScopesOf(tenant: Tenant, { row, groupIds }: AccessPackage, further: readonly string[]): Inline {
  return new Inline(
    groupIds.map((originId) => {
      const role = { id: originId, displayName: 'Member', originId: `Member_${originId}`, originSystem: 'AadGroup' };
      const displayName = tenant.groups.find(originId)?.get('displayName') ?? null;
      const scope = { id: originId, displayName, originId, originSystem: 'AadGroup', isRootScope: true };
      return {
        id: `${originId}_${originId}`,
        createdDateTime: row.get('createdDateTime'),
        ...(further.includes('role') ? { role } : {}),
        ...(further.includes('scope') ? { scope } : {}),
      };
    }),
  );
}

function expandPackage(tenant: Tenant, object: DirectoryObject, name: string, further: readonly string[]): Expanded {
  const found = tenant.accessPackages.find(object.id);
  if (found === undefined) return undefined;
  if (name === 'catalog') return new Inline(found.catalog);
  return name === 'assignmentPolicies' ? new Inline([found.policy]) : roleScopesOf(tenant, found, further);
}

function expandAssignment(tenant: Tenant, object: DirectoryObject, name: string): Expanded {
  const assignment = tenant.accessPackages.assignment(object.id);
  const found = assignment && tenant.accessPackages.packageOf(assignment);
  if (assignment === undefined || found === undefined) return undefined;
  if (name === 'accessPackage') return new Inline(render(found.row, accessPackageResource));
  if (name === 'assignmentPolicy') return new Inline(found.policy);
  const person = tenant.people.byId(targetOf(assignment));
  return new Inline({
    ...Object(assignment.get('target')),
    displayName: person?.get('displayName') ?? null,
    email: person?.get('mail') ?? null,
    principalName: person?.get('userPrincipalName') ?? null,
    subjectType: 'user',
  });
}

const packages = ({ tenant }: Call): Listing => ({
  context: `${context}/accessPackages`,
  resource: accessPackageResource,
  after: inOrder(tenant.accessPackages.packages.map(({ row }) => row)),
  expand: (object, name, further) => expandPackage(tenant, object, name, further),
});

const assignments = ({ tenant }: Call): Listing => ({
  context: `${context}/assignments`,
  resource: accessPackageAssignmentResource,
  after: inOrder(tenant.accessPackages.assignments),
  expand: (object, name) => expandAssignment(tenant, object, name),
});

const requests = ({ tenant }: Call): Listing => ({
  context: `${context}/assignmentRequests`,
  resource: assignmentRequestResource,
  after: inOrder(tenant.accessPackages.requests),
});

const byId = (listing: (call: Call) => Listing) => (call: Call) => {
  const { context: name, ...rest } = listing(call);
  for (const row of rest.after(-1)) if (row.id === param(call, 'id')) return one(call, name, row, rest);
  throw notFound(param(call, 'id'));
};

const removal = z.object({ requestType: z.literal('adminRemove'), assignment: z.object({ id: z.guid() }) });
const addition = z.object({
  requestType: z.literal('adminAdd'),
  assignment: z.object({ targetId: z.guid(), assignmentPolicyId: z.guid(), accessPackageId: z.guid() }),
});
const assignmentRequest = z
  .discriminatedUnion('requestType', [removal, addition])
  .and(z.object({ justification: z.string().nullish() }));

const invalid = (message: string): GraphFault => new GraphFault(400, 'InvalidModel', message);

/** A request, which is carried out at once though the answer only says that it was taken. */
function request(call: Call): Answer {
  const parsed = assignmentRequest.safeParse(bodyOf(call));
  if (!parsed.success) throw invalid(`The value of '${parsed.error.issues[0]?.path.join('/')}' is not valid.`);
  const asked = parsed.data;
  if (asked.requestType === 'adminRemove') remove(call, asked.assignment.id);
  else add(call, asked.assignment);
  const { id, ordinal } = call.tenant.next();
  const now = directoryTime(call.tenant.now());
  const values = {
    requestType: asked.requestType,
    justification: asked.justification ?? null,
    answers: [],
    schedule: null,
    customExtensionCalloutInstances: [],
    createdDateTime: now,
  };
  const done = { completedDateTime: now, state: 'delivered', status: 'Delivered' };
  const taken = { completedDateTime: null, state: 'submitted', status: 'Accepted' };
  call.tenant.accessPackages.requests.push(new Row('record', id, ordinal, { ...values, ...done }));
  const body = render(new Row('record', id, ordinal, { ...values, ...taken }), assignmentRequestResource);
  return {
    status: 201,
    body: { '@odata.context': contextOf(call, `${context}/assignmentRequests`, undefined, true), ...body },
  };
}

function remove(call: Call, id: string): void {
  const { accessPackages, people, groups } = call.tenant;
  const assignment = accessPackages.assignment(id);
  if (assignment === undefined) throw notFound(id);
  if (assignment.get('state') !== 'delivered') throw invalid('The assignment is not in a state that can be removed.');
  const person = people.byId(targetOf(assignment));
  accessPackages.expire(assignment, call.tenant.now());
  record(call, 'Remove access package assignment', person);
  for (const groupId of accessPackages.packageOf(assignment)?.groupIds ?? []) {
    const group = groups.find(groupId);
    if (person !== undefined && group?.has(person)) takeOut(call, group, person);
  }
}

function add(
  call: Call,
  { targetId, accessPackageId, assignmentPolicyId }: z.infer<typeof addition>['assignment'],
): void {
  const { accessPackages, people, groups } = call.tenant;
  const found = accessPackages.find(accessPackageId);
  if (found === undefined) throw notFound(accessPackageId);
  if (found.policy.id !== assignmentPolicyId) throw notFound(assignmentPolicyId);
  const person = people.byId(targetId);
  if (person === undefined) throw notFound(targetId);
  const held = accessPackages.deliveredTo(person.id).some((row) => accessPackages.packageOf(row) === found);
  if (held) throw invalid('The target already has an assignment to the access package.');
  accessPackages.deliver(found, person.id, call.tenant.now());
  record(call, 'Add access package assignment', person);
  for (const groupId of found.groupIds) {
    const group = groups.find(groupId);
    if (group !== undefined && !group.has(person)) addMembers(call, group, [person]);
  }
}

const record = (call: Call, activityDisplayName: string, person: Person | undefined): void =>
  recordChange(call, {
    activityDisplayName,
    category: 'EntitlementManagement',
    operationType: activityDisplayName.startsWith('Add') ? 'Assign' : 'Unassign',
    targets: person === undefined ? [] : [auditTarget(person)],
  });

export const accessPackageRoutes: Routes = {
  [`GET ${base}/accessPackages`]: (call) => list(call, packages(call)),
  [`GET ${base}/accessPackages/{id}`]: byId(packages),
  [`GET ${base}/assignments`]: (call) => list(call, assignments(call)),
  [`GET ${base}/assignments/{id}`]: byId(assignments),
  [`GET ${base}/assignmentRequests`]: (call) => list(call, requests(call)),
  [`GET ${base}/assignmentRequests/{id}`]: byId(requests),
  [`POST ${base}/assignmentRequests`]: request,
};
