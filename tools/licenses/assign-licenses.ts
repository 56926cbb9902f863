import { z } from 'zod';
import {
  type Clock,
  defineTool,
  explainRefusal,
  type GraphWriter,
  licenseProblemIn,
  licenseRef,
  named,
  optionalReason,
  path,
  type Risk,
  type RuleMatches,
  rulesOnLicenses,
  type ServicePlan,
  type SubscribedSku,
  subscribedSkus,
  ToolError,
  text,
  usageLocation,
  userRef,
} from '../../src/contract/index.ts';
import {
  type Assignment,
  assignmentsOf,
  isChange,
  lastSeats,
  plansAround,
  refuseUnavailable,
  skusNamed,
} from './assignment.ts';
import { findHolder, type Holder, mailboxWarning, planNames, statesOf } from './license-holder.ts';

export default defineTool({
  name: 'assign_licenses',
  title: 'Assign licenses to a user',
  description:
    'Gives one user licenses directly, all or none, or changes which service plans are off. ' +
    'Needs approval where it takes the last free seat, turns plans off or a dynamic group goes by it. ' +
    'Free seats: list_licenses. Licenses of a group: add_group_members.',
  toolset: 'licenses',
  risk: 'write',
  mayRaiseTo: ['grant', 'destructive'],
  permissions: [
    'LicenseAssignment.ReadWrite.All',
    'LicenseAssignment.Read.All',
    'User.Read.All',
    'User.ReadUpdate.All',
    'GroupMember.Read.All',
  ],
  writes: ['PATCH /users/{}', 'POST /users/{}/assignLicense'],
  idempotent: true,
  input: z.strictObject({
    user: userRef,
    licenses: z.array(licenseRef).min(1).max(20).describe('1 to 20 SKU ids or part numbers, as SPE_E5'),
    disabledPlans: z
      .array(text(100))
      .max(100)
      .optional()
      .describe('Service plans to leave off, by name or id; [] turns all on. Omitted: as they are, all on where new'),
    usageLocation: usageLocation.optional(),
    reason: optionalReason,
  }),
  output: z.object({
    id: z.string(),
    userPrincipalName: z.string(),
    assigned: z.array(z.string()),
    usageLocation: z.string().optional(),
  }),

  async plan({ user, licenses, disabledPlans, usageLocation }, { graph, clock }) {
    const [found, skus] = await Promise.all([findHolder(graph, user), subscribedSkus(graph)]);
    const states = statesOf(found);
    const asked = assignmentsOf(skusNamed(skus, licenses), states, disabledPlans);
    const todo = asked.filter(isChange);
    if (todo.length === 0) return { unchanged: `${named(found)} already holds ${heldInWords(asked)}` };
    const left = asked.filter((one) => !todo.includes(one));
    const location = newLocation(found, usageLocation);
    refuseUnavailable(todo);
    const { before, after } = plansAround(skus, states, todo);
    const off = without(before, after);
    const mailbox = mailboxWarning(before, after, clock.now());
    const last = lastSeats(todo);
    // A rule can go by a plan that is there as by one that is not.
    const planIds = [...without(after, before), ...off].map(({ servicePlanId }) => servicePlanId);
    const rules = await rulesOnLicenses(graph, { planIds, usageLocation: location !== null });
    return {
      summary: summaryOf(found, todo),
      effects: [...todo.map((one) => effectOf(one, skus)), ...ruleEffects(rules)],
      warnings: [
        ...warningsOf(found),
        ...(last.length === 0 ? [] : [`Takes the last free seat of ${last.join(', ')}`]),
        ...mailbox,
        ...(left.length === 0 ? [] : [`Left as they are: ${heldInWords(left)}`]),
        ...(rules.known ? [] : ['The rules of some dynamic groups could not be read: they may go by licenses']),
      ],
      undo: todo.every((one) => one.before === undefined)
        ? 'remove_licenses'
        : 'assign_licenses, with the plans before',
      ...(location === null
        ? {}
        : { changes: [{ property: 'usageLocation', before: found.usageLocation ?? null, after: location }] }),
      targets: [{ kind: 'user', id: found.id, touch: off.length > 0 ? 'takeaway' : 'change' }],
      raise: raisedTo(last.length > 0 || rules.groups.length > 0 || !rules.known, off.length > 0),
      facts: {
        id: found.id,
        userPrincipalName: found.userPrincipalName,
        usageLocation: location,
        losesMailbox: mailbox.length > 0,
        licenses: todo.map((one) => ({
          skuId: one.sku.skuId,
          skuPartNumber: one.sku.skuPartNumber,
          before: one.before ?? null,
          disabledPlans: one.disabledPlans,
        })),
      },
    };
  },

  async run({ id, userPrincipalName, usageLocation, licenses }, { graph, clock, signal }) {
    if (usageLocation !== null) {
      const refused = explainRefusal({ permissions: ['User.ReadUpdate.All'] });
      await graph.patch(path`/users/${id}`, { usageLocation }).catch(refused);
    }
    const addLicenses = licenses.map(({ skuId, disabledPlans }) => ({ skuId, disabledPlans }));
    await assign(graph, id, addLicenses, { clock, signal })
      .catch(
        explainRefusal({
          permissions: ['LicenseAssignment.ReadWrite.All'],
          sometimes: { 'User.ReadUpdate.All': 'to set a usage location' },
        }),
      )
      .catch((error: unknown) => {
        throw usageLocation === null ? error : afterLocation(error);
      });
    return {
      id,
      userPrincipalName,
      assigned: licenses.map(({ skuPartNumber }) => skuPartNumber),
      ...(usageLocation === null ? {} : { usageLocation }),
    };
  },
});

function namesOf(assignments: readonly Assignment[]): string {
  return assignments.map(({ sku }) => sku.skuPartNumber).join(', ');
}

function heldInWords(assignments: readonly Assignment[]): string {
  return assignments
    .map(({ sku, isGiven }) => `${sku.skuPartNumber} ${isGiven ? 'through a group' : 'with these plans'}`)
    .join(', ');
}

/** The location to set, null where it stays. Throws INPUT_INVALID where there would be none: licenses need one. */
function newLocation(found: Holder, given: string | undefined): string | null {
  const wanted = given?.toUpperCase();
  if (wanted !== undefined) return wanted === found.usageLocation ? null : wanted;
  if (found.usageLocation) return null;
  throw new ToolError('INPUT_INVALID', {
    message: 'The user has no usage location, and nobody without one can be given a license.',
    fix: 'Pass usageLocation: the two-letter code of the country they work in. Ask, where you do not know it.',
    detail: { field: 'usageLocation' },
  });
}

function without(plans: readonly ServicePlan[], others: readonly ServicePlan[]): ServicePlan[] {
  return plans.filter(({ servicePlanId }) => !others.some((one) => one.servicePlanId === servicePlanId));
}

function raisedTo(isGrant: boolean, isDestructive: boolean): Risk[] {
  return [...(isGrant ? (['grant'] as const) : []), ...(isDestructive ? (['destructive'] as const) : [])];
}

function summaryOf(found: Holder, todo: readonly Assignment[]): string {
  const isNew = todo.some(({ before }) => before === undefined);
  return isNew
    ? `Assign ${namesOf(todo)} to ${named(found)}`
    : `Change the plans of ${namesOf(todo)} of ${named(found)}`;
}

function effectOf({ sku, disabledPlans, before }: Assignment, skus: readonly SubscribedSku[]): string {
  const list = (ids: readonly string[]) => planNames(skus, ids).join(', ');
  if (before === undefined) {
    return `They get ${sku.skuPartNumber}${disabledPlans.length === 0 ? '' : `, without ${list(disabledPlans)}`}`;
  }
  const on = before.filter((id) => !disabledPlans.includes(id));
  const off = disabledPlans.filter((id) => !before.includes(id));
  const parts = [...(on.length === 0 ? [] : [`on: ${list(on)}`]), ...(off.length === 0 ? [] : [`off: ${list(off)}`])];
  return `Plans of ${sku.skuPartNumber} that are turned ${parts.join('; ')}`;
}

function ruleEffects({ groups }: RuleMatches): string[] {
  if (groups.length === 0) return [];
  return [`Dynamic groups that go by it can take them in or let them go: ${groups.slice(0, 10).join(', ')}`];
}

function warningsOf({ userType, accountEnabled }: Holder): string[] {
  return [
    ...(userType === 'Guest' ? ['They are a guest: their own organization usually licenses them'] : []),
    ...(accountEnabled === false ? ['The account is disabled: the seat is taken all the same'] : []),
  ];
}

interface AddedLicense {
  readonly skuId: string;
  readonly disabledPlans: readonly string[];
}

/** Milliseconds before each further attempt: licensing learns of a new usage location up to ten seconds late. */
const waits = [1000, 2000, 4000, 8000];

async function assign(
  graph: GraphWriter,
  id: string,
  addLicenses: readonly AddedLicense[],
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const give = () => graph.act(path`/users/${id}/assignLicense`, { addLicenses, removeLicenses: [] }, 'repeatable');
  for (const wait of waits) {
    try {
      await give();
      return;
    } catch (error) {
      if (licenseProblemIn(error) !== 'usageLocation') throw error;
      await clock.sleep(wait, signal).catch(() => {
        throw error;
      });
    }
  }
  await give();
}

/** The licenses were refused, but the location is set. */
function afterLocation(error: unknown): unknown {
  if (!(error instanceof ToolError)) return error;
  const { code, message, fix, requestId, retryAfterMs, detail } = error;
  return new ToolError(code, {
    message,
    fix,
    ...(requestId === undefined ? {} : { requestId }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    detail: { ...detail, changed: ['usageLocation'] },
    cause: error,
  });
}
