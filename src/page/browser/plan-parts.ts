import type { PlanView } from '../../contract/plan.ts';
import { type Child, data, element, section } from './elements.ts';
import { observationPart, targetPart } from './target-part.ts';

/** What an approver judges a plan by, in the server's own words; the agent's stand apart, at the end. */
export function planParts(plan: PlanView): Child[] {
  return [
    plan.warnings.length > 0 &&
      section('Warnings', element('ul', { class: 'warnings' }, ...plan.warnings.map((text) => item(text)))),
    section('What changes', changesTable(plan.changes ?? [])),
    section('On whom', ...(plan.targets ?? []).map(targetPart)),
    ...(plan.observations ?? []).map(observationPart),
    plan.effects.length > 0 &&
      section('What follows from it', element('ul', {}, ...plan.effects.map((text) => item(text)))),
    plan.reason !== undefined && section('The agent says', element('blockquote', {}, '“', data(plan.reason), '”')),
  ];
}

function item(text: string): HTMLElement {
  return element('li', {}, data(text));
}

function changesTable(changes: NonNullable<PlanView['changes']>): HTMLElement | undefined {
  if (changes.length === 0) return undefined;
  const titles = ['Property', 'Before', 'After'].map((title) => element('th', { attributes: { scope: 'col' } }, title));
  const rows = changes.map(({ property, before, after }) =>
    element(
      'tr',
      {},
      element('th', { attributes: { scope: 'row' } }, data(property)),
      element('td', {}, shownValue(before)),
      element('td', { class: 'after' }, shownValue(after)),
    ),
  );
  return element(
    'div',
    { class: 'wide' },
    element('table', {}, element('thead', {}, element('tr', {}, ...titles)), element('tbody', {}, ...rows)),
  );
}

function shownValue(value: string | null): HTMLElement {
  return value === null ? element('em', {}, '(not set)') : data(value);
}
