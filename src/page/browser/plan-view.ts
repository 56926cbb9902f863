import type { PlanView } from '../../contract/plan.ts';
import { riskMeanings } from '../../contract/plan-words.ts';
import type { PlanSheet } from '../wire.ts';
import { secretsSection } from './board-view.ts';
import { decisionForm } from './decision-form.ts';
import { data, element, facts, section } from './elements.ts';
import { clockTime } from './moments.ts';
import { planParts } from './plan-parts.ts';
import { countdown, stateTag } from './tags.ts';

/** One plan in full, as its approver has to judge it; `decided` gets the plan as it is after a decision. */
export function planView(sheet: PlanSheet, decided: (sheet: PlanSheet) => void): HTMLElement {
  const { entry, plan } = sheet;
  const back = element('p', {}, element('a', { attributes: { href: '#' } }, 'All plans'));
  const title = element('h1', { attributes: { tabindex: '-1' } }, data(entry.summary));
  if (plan === undefined) return element('div', {}, back, title, editedNote(), trailPart(sheet));
  return element(
    'article',
    {},
    back,
    title,
    element('p', {}, stateTag(entry.state), statusWords(sheet)),
    approvalPart(entry),
    endPart(sheet),
    element('div', { class: 'sheet' }, factsOf(plan, sheet)),
    ...planParts(plan),
    sheet.ticket !== undefined && section('Your decision', decisionForm(sheet, sheet.ticket, decided)),
    secretsSection(sheet.handoffs),
    stepsPart(sheet),
    trailPart(sheet),
  );
}

function statusWords({ entry, writes }: PlanSheet): string {
  if (entry.state === 'approved') return 'Nothing has changed yet: the agent applies it.';
  if (entry.state !== 'applying' || writes.sent === 0) return '';
  return `${writes.sent} changes sent, ${writes.answered} answered.`;
}

/** Where more than one have to agree: who has. */
function approvalPart({ state, approvals, isUnknown }: PlanSheet['entry']): HTMLElement | undefined {
  if (isUnknown === true) return element('p', {}, 'Entra cannot be asked now, so what was approved cannot be told.');
  if (approvals === undefined || approvals.needed === 1 || state !== 'pending') return undefined;
  const names = approvals.by.flatMap((name, i) => [i === 0 ? '' : ', ', data(name)]);
  const count = `${approvals.by.length} of ${approvals.needed} have approved: `;
  return element('p', {}, count, ...names, '. Another person has to sign in.');
}

function endPart({ end }: PlanSheet): HTMLElement | undefined {
  if (end === undefined) return undefined;
  const kind = end.succeeded ? 'good' : 'bad';
  return element(
    'div',
    { class: `sheet end ${kind}` },
    element('p', {}, end.message),
    end.fix !== undefined && element('p', {}, end.fix),
  );
}

function editedNote(): HTMLElement {
  return element(
    'div',
    { class: 'sheet end bad' },
    element('p', {}, 'Somebody wrote into the state folder, so this plan cannot be approved, and is not shown.'),
    element('p', {}, 'Treat it as an incident: run ', element('code', {}, 'entra-mcp audit verify')),
  );
}

function factsOf(plan: PlanView, { entry }: PlanSheet): HTMLElement {
  const { tenant } = plan;
  const name = tenant.name === undefined ? tenant.id : `${tenant.name}, ${tenant.id}`;
  const isOpen = entry.state === 'pending' || entry.state === 'approved';
  return facts([
    ['Tool', element('code', {}, plan.tool)],
    ...plan.risk.map((risk): [string, string] => ['Risk', `${risk}: ${riskMeanings[risk]}`]),
    ['Undo', plan.undo === undefined ? 'nothing takes it back' : data(plan.undo)],
    ['Tenant', data(`${name} (${tenant.cloud} cloud)`)],
    ...(tenant.hosts ?? []).map((host): [string, Node] => ['Host', data(`${host}, outside the known clouds`)]),
    ['Asked by', data(plan.requester)],
    ['Asked', clockTime(entry.createdAt)],
    ...(isOpen ? [['Time left', countdown(entry.expiresAt)] satisfies [string, Node]] : []),
    ['Plan', element('code', {}, plan.id)],
  ]);
}

function stepsPart({ steps }: PlanSheet): HTMLElement | undefined {
  if (steps.length === 0) return undefined;
  const lines = steps.map(({ name, status, message }) => {
    const words = `: ${status.replaceAll('_', ' ')}`;
    return element('li', {}, data(name), words, message !== undefined && element('span', {}, '. ', data(message)));
  });
  return section('How far it is', element('ol', { class: 'trail' }, ...lines));
}

function trailPart({ trail }: PlanSheet): HTMLElement | undefined {
  if (trail.length === 0) return undefined;
  const lines = trail.map(({ at, text }) => element('li', {}, `${clockTime(at)}: `, data(text)));
  return section('What was done', element('ol', { class: 'trail' }, ...lines));
}
