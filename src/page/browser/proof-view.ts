import type { Proof, Way } from '../wire.ts';
import { ask, keepSession } from './connection.ts';
import { element, field } from './elements.ts';
import { failureText } from './failure-words.ts';
import { leaveToSignIn } from './sign-in.ts';

/** What stands before everything else: it knows nothing of any plan. */
export function proofView(way: Way, done: () => void, note = ''): HTMLElement {
  return way === 'pin' ? pinView(done, note) : signInView(note);
}

function signInView(note: string): HTMLElement {
  const failure = element('p', { class: 'failure', attributes: { role: 'alert' } }, note);
  const button = element('button', { class: 'yes', attributes: { type: 'button', id: 'sign-in' }, onClick: signIn });
  button.append('Sign in with Entra');
  const why = 'It shows what waits. Each decision is signed by a sign-in of its own.';

  async function signIn(): Promise<void> {
    button.disabled = true;
    failure.textContent = '';
    try {
      await leaveToSignIn('/api/sign-in', {});
    } catch (error) {
      failure.textContent = failureText(error, Date.now());
    } finally {
      // Who does not get to Entra, or comes back from there by the browser's own button, begins again.
      button.disabled = false;
    }
  }

  const sheet = element('div', { class: 'sheet' }, element('p', { class: 'hint' }, why), failure);
  sheet.append(element('div', { class: 'buttons' }, button));
  return element('div', {}, element('h1', { attributes: { tabindex: '-1' } }, 'Sign in to approve'), sheet);
}

function pinView(done: () => void, note: string): HTMLElement {
  const hint = 'Set with entra-mcp approver set-pin. The built-in demo tenant has the PIN demo.';
  const { row, input } = field('pin', 'Approver PIN', { hint, secret: true });
  const failure = element('p', { class: 'failure', attributes: { role: 'alert' } }, note);
  const button = element('button', { class: 'yes', attributes: { type: 'submit' } }, 'Show what waits');
  const form = element('form', { class: 'sheet' }, row, failure, element('div', { class: 'buttons' }, button));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const pin = input.value;
    input.value = '';
    if (pin === '') return input.focus();
    button.disabled = true;
    failure.textContent = '';
    try {
      const { token } = await ask<Proof>('/api/session', { pin });
      keepSession(token);
      done();
    } catch (error) {
      failure.textContent = failureText(error, Date.now());
      button.disabled = false;
      input.focus();
    }
  });
  return element('div', {}, element('h1', { attributes: { tabindex: '-1' } }, 'Approver PIN'), form);
}
