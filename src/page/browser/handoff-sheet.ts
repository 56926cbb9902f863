import type { HandoffEntry, OpenedSecret } from '../wire.ts';
import { ask } from './connection.ts';
import { data, element, field } from './elements.ts';
import { failureText } from './failure-words.ts';
import { countdown } from './tags.ts';

const names: Readonly<Record<string, string>> = {
  password: 'Password',
  temporaryAccessPass: 'Temporary Access Pass',
};

/** Secrets that stand on the page: it is not drawn anew under them. */
let shown = 0;

export function isSecretShown(): boolean {
  return shown > 0;
}

/** A sealed secret: opened once, with the PIN, and on the page until it is closed. */
export function handoffSheet(entry: HandoffEntry): HTMLElement {
  const title = element('h3', {}, `${names[entry.kind] ?? entry.kind} of `, data(entry.subject));
  const { row, input } = field(`pin-${entry.id}`, 'Approver PIN, to open it once', { secret: true });
  const failure = element('p', { class: 'failure', attributes: { role: 'alert' } });
  const button = element('button', { attributes: { type: 'submit' } }, 'Open');
  const form = element('form', {}, row, failure, element('div', { class: 'buttons' }, button));
  const sheet = element(
    'div',
    { class: 'entry', attributes: { 'data-handoff': entry.id } },
    title,
    element('p', {}, 'Can be opened for ', countdown(entry.expiresAt)),
    form,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const pin = input.value;
    input.value = '';
    if (!event.isTrusted || pin === '') return input.focus();
    button.disabled = true;
    try {
      const opened = await ask<OpenedSecret>(`/api/handoffs/${entry.id}`, { pin });
      shown += 1;
      sheet.replaceChildren(title, openedSecret(opened, sheet));
    } catch (error) {
      failure.textContent = failureText(error, Date.now());
      button.disabled = false;
      input.focus();
    }
  });
  return sheet;
}

function openedSecret({ kind, secret }: OpenedSecret, sheet: HTMLElement): HTMLElement {
  const code = element('code', { class: 'secret', attributes: { tabindex: '0' } }, secret);
  const told = element('p', { class: 'hint', attributes: { role: 'status' } }, noteOf(kind));
  const copy = async () => {
    await navigator.clipboard.writeText(secret).then(
      () => told.replaceChildren('Copied. The clipboard keeps it until something else is copied.'),
      () => told.replaceChildren('The browser does not let it be copied: select it and copy it.'),
    );
  };
  const close = () => {
    shown -= 1;
    sheet.replaceChildren(element('p', {}, 'It was shown, once, and is gone.'));
  };
  return element(
    'div',
    {},
    code,
    told,
    element(
      'div',
      { class: 'buttons' },
      element('button', { class: 'yes', attributes: { type: 'button' }, onClick: copy }, 'Copy'),
      element('button', { attributes: { type: 'button' }, onClick: close }, 'Close'),
    ),
  );
}

function noteOf(kind: string): string {
  const change = kind === 'password' ? ' It has to be changed at the first sign-in.' : '';
  return `This is shown once. Hand it over, and close it.${change}`;
}

/** Takes every secret off the page. */
export function forgetSecrets(): void {
  shown = 0;
  for (const code of document.querySelectorAll('.secret')) code.textContent = '';
}
