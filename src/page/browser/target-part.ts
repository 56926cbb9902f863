import type { Observation } from '../../contract/plan.ts';
import { data, element, facts } from './elements.ts';

type Target = Readonly<Record<string, unknown>>;

const touches: Readonly<Record<string, string>> = {
  takeover: 'gives a way into it',
  takeaway: 'takes access from it',
  change: 'changes it',
};

/** What is known first; whatever else a target says after it, so that nothing is left out. */
const order = [
  'userPrincipalName',
  'id',
  'accountEnabled',
  'jobTitle',
  'department',
  'manager',
  'createdDateTime',
  'userType',
  'onPremisesSyncEnabled',
  'privileged',
  'privilegedBecause',
  'lookalikes',
];

/** One object that the plan touches, as the server read it. */
export function targetPart({ kind, name, touch, ...rest }: Target): HTMLElement {
  const named = typeof name === 'string' ? name : textOf(rest['userPrincipalName'] ?? rest['id']);
  const what = typeof touch === 'string' ? (touches[touch] ?? touch) : 'touches it';
  const keys = [
    ...order.filter((key) => key in rest),
    ...Object.keys(rest)
      .filter((key) => !order.includes(key))
      .sort(),
  ];
  const rows = keys.map((key): [string, Node] => {
    const value = rest[key];
    const isGrave = (key === 'privileged' && value !== 'no') || key === 'privilegedBecause' || key === 'lookalikes';
    return [key, element('span', isGrave ? { class: 'grave' } : {}, data(textOf(value)))];
  });
  return element(
    'div',
    { class: 'sheet' },
    element(
      'div',
      { class: 'target' },
      element('span', { class: 'avatar', attributes: { 'aria-hidden': 'true' } }, initialsOf(named)),
      element('div', {}, element('h3', {}, data(named)), element('p', {}, `${textOf(kind)}: ${what}`)),
    ),
    facts(rows),
  );
}

/** A list of what is taken away or handed over: every name, since it is what the approver says yes to. */
export function observationPart({ name, of, title, items, more = 0 }: Observation): HTMLElement {
  const taken = items.filter(({ kept }) => kept === undefined);
  const whose = of === undefined ? name : `${of}, ${name}`;
  const lines = items.map((item) => {
    if (item.kept !== undefined) return element('li', {}, data(item.name), ' is left alone: ', data(item.kept));
    return item.privileged === true
      ? element('li', { class: 'grave' }, data(item.name), ', which is privileged')
      : element('li', {}, data(item.name));
  });
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
  const words = name.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '');
  const [first = '?', last] = words.length > 1 ? [words[0], words.at(-1)] : words;
  return [first, last ?? '']
    .map((word) => [...word][0] ?? '')
    .join('')
    .toUpperCase();
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '(not set)';
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.map(textOf).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
