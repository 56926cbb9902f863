import type { PlanSheet } from '../wire.ts';
import { ask } from './connection.ts';
import { element, field } from './elements.ts';
import { failureText } from './failure-words.ts';
import { leaveToSignIn } from './sign-in.ts';

/** Approve or deny: the PIN, or a sign-in, is asked for each decision, since only that signs it. */
export function decisionForm(
  { entry, phrase, way }: PlanSheet,
  ticket: string,
  decided: (sheet: PlanSheet) => void,
): HTMLElement {
  const typed =
    phrase === undefined
      ? undefined
      : field('typed', `To approve, type ${phrase}`, { hint: 'It cannot be taken back.' });
  const pin =
    way === 'pin'
      ? field('pin', 'Approver PIN', { hint: 'Signs your decision. It is kept nowhere.', secret: true })
      : undefined;
  const hint =
    way === 'pin' ? undefined : element('p', { class: 'hint' }, 'Entra asks you to sign in: that signs your decision.');
  const failure = element('p', { class: 'failure', attributes: { role: 'alert' } });
  const risk = entry.risk.at(-1) ?? '';
  const yes = element('button', {
    class: `yes ${risk}`,
    attributes: { type: 'button' },
    onClick: () => decide('approve'),
  });
  const no = element('button', { attributes: { type: 'button' }, onClick: () => decide('deny') }, 'Deny');
  yes.append('Approve');
  if (entry.state === 'approved') yes.hidden = true;

  async function decide(decision: 'approve' | 'deny'): Promise<void> {
    failure.textContent = '';
    if (decision === 'approve' && typed !== undefined && typed.input.value.trim() === '') return typed.input.focus();
    if (pin?.input.value === '') {
      failure.textContent = 'Type the PIN first.';
      return pin.input.focus();
    }
    const said = { decision, ticket, ...(typed === undefined ? {} : { typed: typed.input.value }) };
    for (const button of [yes, no]) button.disabled = true;
    try {
      if (pin === undefined) return await leaveToSignIn(`/api/decisions/${entry.id}`, said);
      const body = { ...said, pin: pin.input.value };
      pin.input.value = '';
      decided(await ask<PlanSheet>(`/api/plans/${entry.id}`, body));
    } catch (error) {
      const text = failureText(error, Date.now());
      // The ticket is used up: the plan is read again, and what went wrong said above the new form.
      const again = await ask<PlanSheet>(`/api/plans/${entry.id}`).catch(() => undefined);
      if (again !== undefined) decided(again);
      tellFailure(text);
    } finally {
      for (const button of [yes, no]) button.disabled = false;
    }
  }

  const form = element(
    'form',
    { class: 'sheet' },
    typed?.row,
    pin?.row,
    hint,
    failure,
    element('div', { class: 'buttons' }, yes, no),
  );
  // Enter decides nothing by itself: it goes on to the buttons.
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    (yes.hidden ? no : yes).focus();
  });
  return form;
}

/** Says above the form what went wrong with the last decision. */
export function tellFailure(text: string): void {
  const [place] = document.querySelectorAll('form .failure');
  if (place === undefined) return;
  place.textContent = text;
  document.getElementById('pin')?.focus();
}
