import type { Decision } from '../../approval/index.ts';
import type { PlanView } from '../../contract/index.ts';
import { type Desk, type Outcome, type StateOptions, stateDirOf } from '../desk.ts';
import { exits } from '../failure.ts';
import type { DecisionPage } from '../ports.ts';
import type { Screen } from '../screen/screen.ts';

type Standing = Awaited<ReturnType<DecisionPage['standing']>>;

/** How often it is looked whether somebody has decided. */
const pollMs = 1_000;

/**
 * Lets a plan be decided where approvers sign in with Entra: the approval page is served until what was asked for has come, somebody has
 * decided otherwise, or the plan is over. Which decision it is, is said on the page.
 */
export async function decideSignedIn(
  desk: Desk,
  { decision: asked, ...options }: StateOptions & { decision: Decision },
  plan: PlanView,
): Outcome {
  const { out, ports } = desk;
  const page = await ports.decisionPage(stateDirOf(desk, options), plan.tenant.id, plan.id);
  try {
    const before = await page.standing();
    out.paragraph(
      `Approvers sign in with Entra. Open this address in a browser, and decide there (Ctrl-C leaves the plan waiting): ${page.address}`,
    );
    for (;;) {
      const code = told(out, await page.standing(), { asked, before });
      if (code !== undefined) return code;
      await ports.clock.sleep(pollMs);
    }
  } finally {
    await page.close();
  }
}

/** Says how it ended, and answers the exit code; `undefined` while it goes on. What had been decided before is no end of a denial. */
function told(
  out: Screen,
  { state, decision, approvedBy, needed }: Standing,
  { asked, before }: { readonly asked: Decision; readonly before: Standing },
): number | undefined {
  if (decision !== undefined && (decision === asked || decision !== before.decision)) {
    const words = decision === 'approve' ? `Approved by ${approvedBy.join(' and ')}.` : 'Denied.';
    out.line({ text: words, ink: 'green' });
    if (decision === 'approve') out.paragraph("Nothing has changed yet: apply_plan with this plan's id applies it.");
    return decision === asked ? exits.done : exits.failed;
  }
  if (asked === 'approve' && approvedBy.length > before.approvedBy.length) {
    const words = `${approvedBy.length} of ${needed} have approved: ${approvedBy.join(', ')}.`;
    out.line({ text: words, ink: 'green' });
    out.paragraph('Another person has to sign in: the plan waits for them.');
    return exits.done;
  }
  if (state === 'pending' || state === 'approved') return undefined;
  out.line(`The plan is ${state.replace('_', ' ')}: nothing is left to decide.`);
  return exits.failed;
}
