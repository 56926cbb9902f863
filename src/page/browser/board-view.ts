import type { Board, HandoffEntry, PlanEntry } from '../wire.ts';
import { data, element, section } from './elements.ts';
import { handoffSheet } from './handoff-sheet.ts';
import { clockTime } from './moments.ts';
import { countdown, riskTag, stateTag } from './tags.ts';

/** The plans that wait, the secrets that can be opened, and what was. */
export function boardView({ waiting, ended, handoffs }: Board): HTMLElement {
  const count = waiting.length === 1 ? '1 plan waits' : `${waiting.length} plans wait`;
  return element(
    'div',
    {},
    element('h1', { attributes: { tabindex: '-1' } }, waiting.length === 0 ? 'No plan waits' : count),
    waiting.length > 0 && list(waiting.map(waitingEntry)),
    secretsSection(handoffs),
    ended.length > 0 && section('History', list(ended.map(endedEntry))),
  );
}

/** The sealed secrets, each to be opened once. */
export function secretsSection(handoffs: readonly HandoffEntry[]): HTMLElement | undefined {
  if (handoffs.length === 0) return undefined;
  return section('Sealed secrets', list(handoffs.map(handoffSheet)));
}

function list(entries: readonly HTMLElement[]): HTMLElement {
  return element('ul', { class: 'plain' }, ...entries.map((entry) => element('li', {}, entry)));
}

function waitingEntry(plan: PlanEntry): HTMLElement {
  const left = plan.state === 'applying' ? '' : countdown(plan.expiresAt);
  const line = element('p', {}, stateTag(plan.state), ...plan.risk.map(riskTag), left);
  return element('div', { class: 'entry' }, link(plan), line, asked(plan));
}

function endedEntry(plan: PlanEntry): HTMLElement {
  const when = `planned ${clockTime(plan.createdAt)}`;
  return element('div', { class: 'entry' }, link(plan), element('p', {}, stateTag(plan.state), when), asked(plan));
}

function link({ id, summary }: PlanEntry): HTMLElement {
  return element('a', { attributes: { href: `#${id}` } }, data(summary));
}

function asked({ tool, requester }: PlanEntry): HTMLElement {
  return element('p', {}, `${tool}, asked by `, data(requester));
}
