import { decidePlan, hasPin, planToDecide } from '../../approval/index.ts';
import type { PlanView } from '../../contract/index.ts';
import { type Desk, type Outcome, type StateOptions, stateDirOf } from '../desk.ts';
import { exits } from '../failure.ts';
import { timeLeft } from '../moments.ts';
import { drawPlan } from '../plan-sheet.ts';

/** `entra-mcp approve` and `entra-mcp deny`: shows the whole plan, asks for the PIN, or to approve for a sign-in on the page, signs the decision. */
export async function decide(
  desk: Desk,
  { id, decision, ...options }: StateOptions & { id: string; decision: 'approve' | 'deny' },
): Outcome {
  const { out, keyboard, ports } = desk;
  const stateDir = stateDirOf(desk, options);
  const read = await planToDecide(stateDir, id, ports.clock);
  const plan = read.view;
  drawPlan(plan, out, ports.clock.now());
  // The PIN denies there too, also while Entra cannot be asked.
  if (ports.signsIn(stateDir, plan.tenant.id) && (decision === 'approve' || !hasPin(stateDir))) {
    const { decideSignedIn } = await import('./decide-signed-in.ts');
    return decideSignedIn(desk, { ...options, decision }, plan);
  }
  const pin = await keyboard.secret(questionOf(plan, decision));
  await decidePlan(stateDir, read, decision, pin, ports.clock);
  if (decision === 'approve') tellApproved(desk, plan);
  else tellDenied(desk);
  return exits.done;
}

function questionOf(plan: PlanView, decision: 'approve' | 'deny'): string {
  const hint = plan.tenant.cloud === 'demo' ? ', which is `demo` in the demo tenant' : '';
  return `To ${decision} this plan, type the approver PIN${hint} (Ctrl-C leaves the plan waiting): `;
}

function tellApproved({ out, ports }: Desk, plan: PlanView): void {
  const left = timeLeft(Date.parse(plan.expiresAt), ports.clock.now());
  out.line({ text: 'Approved and signed.', ink: 'green' });
  out.paragraph(
    `Nothing has changed yet: apply_plan with this plan's id applies it, once, within ${left}. ` +
      'A client that is waiting in apply_plan goes on by itself.',
  );
}

function tellDenied({ out }: Desk): void {
  out.line({ text: 'Denied and signed.', ink: 'green' });
  out.paragraph('Nothing was changed. The same change can be asked for again after 15 minutes.');
}
