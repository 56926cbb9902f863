import type { PlanState } from '../../contract/plan.ts';
import { element } from './elements.ts';

const states: Readonly<Record<PlanState, string>> = {
  pending: 'waits',
  approved: 'approved, not applied yet',
  applying: 'is being applied',
  applied: 'applied',
  failed: 'failed',
  outcome_unknown: 'outcome unknown',
  denied: 'denied',
  expired: 'expired',
  stale: 'stale',
};

export function stateWords(state: PlanState): string {
  return states[state];
}

export function stateTag(state: PlanState): HTMLElement {
  return element('span', { class: `tag ${state}` }, stateWords(state));
}

export function riskTag(risk: string): HTMLElement {
  return element('span', { class: `tag ${risk}` }, risk);
}

/** Filled in, and counted down, by the clock of the page. */
export function countdown(until: number): HTMLElement {
  return element('time', { attributes: { 'data-until': String(until), datetime: new Date(until).toISOString() } });
}
