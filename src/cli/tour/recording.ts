import type { Stage } from './stage.ts';
import { mustShow } from './step.ts';

/** What happened is on record, in rows that are chained by their hashes. */
export async function audit(stage: Stage): Promise<void> {
  const tail = await stage.type(['audit', 'tail']);
  stage.quotes(tail.stdout);
  mustShow(
    tail.code === 0 && ['plan', 'decision', 'write-sending', 'outcome'].every((kind) => tail.stdout.includes(kind)),
    'the trail holds the plan, the decision, the write and the outcome',
  );
  const head = stage.auditHead ?? '';
  const verdict = await stage.type(['audit', 'verify', '--head', head]);
  stage.quotes(verdict.stdout);
  mustShow(verdict.code === 0, 'the chain is unbroken and contains the head that apply_plan answered');
}
