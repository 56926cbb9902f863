import { z } from 'zod';
import { auditTail, withState } from '../../approval/index.ts';
import { changeAnswer } from '../../contract/index.ts';
import { tenantFolders } from '../../store/index.ts';
import { person, type Stage } from './stage.ts';
import { mustShow } from './step.ts';

/** The agent asks for a change that takes access away: nothing happens but a plan. */
export async function plan(stage: Stage): Promise<void> {
  const { userPrincipalName } = stage.subject;
  const reason = 'Laptop reported stolen this morning; the manager asked to block the account.';
  const answer = await stage.call('disable_user', { user: userPrincipalName, reason });
  const change = changeAnswer.safeParse(answer.data);
  mustShow(
    !answer.isError && change.success && change.data.status === 'approval_required' && change.data.plan !== undefined,
    'a destructive change answers approval_required with a plan',
  );
  stage.plan = change.data.plan;
  stage.answers(`${change.data.status}: ${stage.plan.summary}`);
  stage.answers(`plan ${stage.plan.id}, risk ${stage.plan.risk.join(', ')}`);
  mustShow(await isEnabled(stage), 'planning changes nothing');
  stage.says('Read again from the directory: the account is still enabled.');
}

/** The agent tries to go on without a human. */
export async function insist(stage: Stage): Promise<void> {
  const answer = await stage.call('apply_plan', { planId: stage.proposed.id, waitSeconds: 0 });
  mustShow(answer.data['status'] === 'approval_required', 'a plan that nobody approved is not applied');
  stage.answers('approval_required: nothing has changed. No tool and no parameter lets a model approve its own plan.');
  const guess = await stage.type(['approve', stage.proposed.id], 'not-the-pin\n');
  mustShow(guess.code === 1 && (await isEnabled(stage)), 'a wrong PIN approves nothing');
  stage.quotes(guess.stderr);
  stage.says('A wrong PIN: exit code 1, and the plan still waits.');
}

/** A human reads the plan in another window, and signs it with the PIN. */
export async function approve(stage: Stage): Promise<void> {
  const { id } = stage.proposed;
  const ended = await stage.type(['approve', id], 'demo\n');
  stage.quotes(ended.stdout);
  const { userPrincipalName } = stage.subject;
  mustShow(ended.code === 0, 'entra-mcp approve exits 0');
  mustShow(
    [userPrincipalName, 'The agent says:', 'Approved'].every((words) =>
      unbroken(ended.stdout).includes(unbroken(words)),
    ),
    'the approver reads who is touched, and the reason apart',
  );
}

/** The approved plan is applied, and the directory read again. */
export async function apply(stage: Stage): Promise<void> {
  const answer = await stage.call('apply_plan', { planId: stage.proposed.id });
  const change = changeAnswer.safeParse(answer.data);
  mustShow(!answer.isError && change.success && change.data.status === 'completed', 'an approved plan is applied');
  stage.auditHead = change.data.auditHead;
  stage.answers(`completed: ${JSON.stringify(change.data.result, undefined, 1).replaceAll(/\n\s*/g, ' ')}`);
  stage.answers(`audit head ${change.data.auditHead ?? '?'}`);
  mustShow(!(await isEnabled(stage)), 'the change is read back');
  stage.says('Read back from the directory: accountEnabled is false.');
}

/** A plan is applied once. */
export async function applyAgain(stage: Stage): Promise<void> {
  const answer = await stage.call('apply_plan', { planId: stage.proposed.id });
  mustShow(
    answer.data['status'] === 'completed' && answer.data['auditHead'] === stage.auditHead,
    'applying twice answers the recorded outcome',
  );
  mustShow((await writesOf(stage)) === 1, 'one request was sent, and none by applying again');
  stage.answers('completed, with the same audit head: the recorded outcome. Nothing was sent a second time.');
}

const account = z.object({ user: person });

async function isEnabled({ agent, subject }: Stage): Promise<boolean> {
  const { data } = await agent.call('get_user', { user: subject.id });
  return account.parse(data).user.accountEnabled === true;
}

/** How many writes of the plan left the server, by its audit trail. */
async function writesOf({ stateDir, proposed }: Stage): Promise<number> {
  const tenants = tenantFolders(stateDir);
  const rows = await Promise.all(
    tenants.map((tenant) => withState(tenant, ({ store }) => auditTail(store, tenant.tenantId, 1000))),
  );
  return rows.flat().filter(({ kind, planId }) => kind === 'write-sending' && planId === proposed.id).length;
}

/** Without line breaks and spaces: a narrow window breaks words. */
function unbroken(text: string): string {
  return text.replaceAll(/\s/g, '');
}
