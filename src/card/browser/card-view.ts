import type { PlanView } from '../../contract/plan.ts';
import { riskMeanings } from '../../contract/plan-words.ts';
import { data, element, facts, section } from '../../page/browser/elements.ts';
import { planParts } from '../../page/browser/plan-parts.ts';
import { isUnderWay, isWaiting, type Shown, wordsOf } from './answer.ts';

/** What a person can do on the card, as far as the host and the gate let them. */
export interface Deeds {
  /** Missing where only the page and the terminal count. */
  decide?(decision: 'approve' | 'deny'): void;
  /** Missing where the host opens no addresses. */
  open?(url: string): void;
  /** Missing where the host passes no calls on. */
  look?(): void;
}

/** A click that was meant for what stood here before decides nothing. */
const armingMs = 500;

/** One answer: the plan, what became of it, and what is left to a person. */
export function cardView(shown: Shown, deeds: Deeds): HTMLElement {
  const { plan } = shown;
  const waits = isWaiting(shown);
  const end =
    (waits && shown.isGood) || shown.message === ''
      ? undefined
      : element('p', { class: `sheet end ${shown.isGood ? '' : 'bad'}` }, shown.message);
  if (plan === undefined) return element('article', {}, end ?? element('p', {}, 'Nothing waits for a person here.'));
  return element(
    'article',
    {},
    element('h1', {}, data(plan.summary)),
    element('p', {}, element('span', { class: 'tag' }, wordsOf(shown))),
    end,
    element('div', { class: 'sheet' }, factsOf(plan, waits)),
    ...(waits ? planParts(plan) : []),
    waits && plan.shortened !== undefined && element('p', { class: 'note' }, plan.shortened),
    waits && section('Your decision', ...decisionParts(plan, deeds)),
    isUnderWay(shown) && deeds.look !== undefined && buttons(button('Look again', deeds.look)),
  );
}

function factsOf(plan: PlanView, waits: boolean): HTMLElement {
  const { tenant } = plan;
  return facts([
    ...plan.risk.map((risk): [string, string] => ['Risk', `${risk}: ${riskMeanings[risk]}`]),
    ['Undo', plan.undo === undefined ? 'nothing takes it back' : data(plan.undo)],
    ['Tenant', data(`${tenant.name === undefined ? '' : `${tenant.name}, `}${tenant.id} (${tenant.cloud} cloud)`)],
    ...(tenant.hosts ?? []).map((host): [string, Node] => ['Host', data(`${host}, outside the known clouds`)]),
    ['Asked by', data(plan.requester)],
    ...(waits ? [['Time left', element('time')] satisfies [string, Node]] : []),
  ]);
}

function decisionParts({ risk, approve }: PlanView, { decide, open, look }: Deeds): HTMLElement[] {
  const { page, command } = approve;
  const elsewhere = [
    ...(page === undefined ? [] : [element('p', {}, 'On the approval page: ', element('code', {}, page))]),
    element('p', {}, 'In a terminal: ', element('code', {}, command)),
  ];
  if (decide !== undefined) {
    const yes = button('Approve', () => decide('approve'), `yes ${risk.at(-1) ?? ''}`);
    const both = [yes, button('Deny', () => decide('deny'))];
    for (const one of both) one.disabled = true;
    setTimeout(() => {
      for (const one of both) one.disabled = false;
    }, armingMs);
    const note = 'The audit trail will say that this client asserted it. To sign it instead:';
    return [buttons(...both), element('p', { class: 'note' }, note), ...elsewhere];
  }
  return [
    element('p', {}, 'This plan is not decided here: an approver has to sign it.'),
    ...elsewhere,
    buttons(
      ...(page === undefined || open === undefined ? [] : [button('Open the approval page', () => open(page), 'yes')]),
      ...(look === undefined ? [] : [button('Look again', look)]),
    ),
  ];
}

function button(text: string, onClick: () => void, kind = ''): HTMLButtonElement {
  return element('button', { class: kind, attributes: { type: 'button' }, onClick }, text);
}

function buttons(...all: HTMLElement[]): HTMLElement {
  return element('div', { class: 'buttons' }, ...all);
}
