/** What an element can hold; nothing of what is absent. */
export type Child = Node | string | undefined | false;

/** Attributes and listeners of an element. Text comes in as text nodes only: nothing here parses markup. */
interface Traits {
  readonly class?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  onClick?(): void;
}

/** Makes an element. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  traits: Traits = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  if (traits.class !== undefined) made.className = traits.class;
  for (const [attribute, value] of Object.entries(traits.attributes ?? {})) made.setAttribute(attribute, value);
  const { onClick } = traits;
  if (onClick !== undefined) {
    made.addEventListener('click', (event) => {
      // What a script of somebody else clicks was not a person.
      if (event.isTrusted) onClick();
    });
  }
  for (const child of children) if (child !== undefined && child !== false) made.append(child);
  return made;
}

/** Text that somebody else wrote: it turns no other text around. */
export function data(text: string): HTMLElement {
  return element('bdi', { class: 'data' }, text);
}

/** Nothing, where a list is empty. */
export function section(title: string, ...children: Child[]): HTMLElement | undefined {
  if (children.every((child) => child === undefined || child === false)) return undefined;
  return element('section', {}, element('h2', {}, title), ...children);
}

/** An element of the page that is always there. */
export function fixed(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no ${id}`);
  return found;
}

/** Names beside what they are. */
export function facts(rows: readonly (readonly [string, Node | string])[]): HTMLElement {
  return element('dl', {}, ...rows.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]));
}

/** A field with its label and a hint that a screen reader reads with it. */
export function field(
  id: string,
  label: string,
  { hint, secret = false }: { hint?: string; secret?: boolean } = {},
): { row: HTMLElement; input: HTMLInputElement } {
  const kind = { id, name: id, type: secret ? 'password' : 'text', autocomplete: 'off', spellcheck: 'false' };
  const described: Record<string, string> = hint === undefined ? {} : { 'aria-describedby': `${id}-hint` };
  const input = element('input', { attributes: { ...kind, autocapitalize: 'none', ...described } });
  const told = hint === undefined ? undefined : element('p', { class: 'hint', attributes: { id: `${id}-hint` } }, hint);
  return { row: element('div', {}, element('label', { attributes: { for: id } }, label), input, told), input };
}
