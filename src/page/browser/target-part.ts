import type { Observation } from '../../contract/plan.ts';
import { targetWords } from '../../contract/plan-words.ts';
import { data, element, facts } from './elements.ts';

/** One object that the plan touches, as the server read it. */
export function targetPart(target: Readonly<Record<string, unknown>>): HTMLElement {
  const { kind, name, touch, facts: known } = targetWords(target);
  const rows = known.map(([key, value, isGrave]): [string, Node] => [
    key,
    element('span', isGrave ? { class: 'grave' } : {}, data(value)),
  ]);
  return element(
    'div',
    { class: 'sheet' },
    element(
      'div',
      { class: 'target' },
      element('span', { class: 'avatar', attributes: { 'aria-hidden': 'true' } }, initialsOf(name)),
      element('div', {}, element('h3', {}, data(name)), element('p', {}, `${kind}: ${touch}`)),
    ),
    facts(rows),
  );
}

/** A list of what is taken away or handed over: every name, since it is what the approver says yes to. */
export function observationPart({ name, of, title, items, more = 0 }: Observation): HTMLElement {
  const taken = items.filter(({ kept }) => kept === undefined);
  const whose = of === undefined ? name : `${of}, ${name}`;
  const lines = items.map(({ name: what, kept, privileged }) =>
    kept === undefined
      ? element('li', privileged ? { class: 'grave' } : {}, data(what), privileged && ', which is privileged')
      : element('li', {}, data(what), ' is left alone: ', data(kept)),
  );
  if (more > 0) lines.push(element('li', {}, `and ${more} more of the kind, none of them privileged`));
  return element(
    'section',
    {},
    element('h2', {}, data(title), ` (${taken.length + more}) `, data(`[${whose}]`)),
    element('ul', {}, ...lines),
  );
}

/** Up to two letters that stand for a name. */
function initialsOf(name: string): string {
  const [first = '?', ...others] = name.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  return [first, others.at(-1) ?? '']
    .map((word) => [...word][0] ?? '')
    .join('')
    .toUpperCase();
}
