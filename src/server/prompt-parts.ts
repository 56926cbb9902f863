import { visible } from '../contract/text.ts';

/** What a prompt was given, by the names of its arguments. */
export type Values = Readonly<Record<string, string>>;

/** What every change that a prompt leads to has in common. */
export const fromPlanToEnd = [
  'Then show me the plan whole: what is taken away or given, what stays and why, the warnings, and plan.approve.command, which a person types in a terminal. You cannot approve it. If it is denied, stop and ask me.',
  'Once I say that it is approved, call apply_plan with the plan id.',
  'If it answers running with a runId, call get_run now and then until the run ends. If it waits, tell me for what, and call resume_run only with what I decide. If steps failed, tell me each with its fix.',
  'At the end list the steps that were done, skipped or failed, and every followUp with its commands, word for word.',
];

/** A person's words as a piece of data in ours: on one line, in quotes, everything in it to be seen. */
export function quoted(text: string): string {
  return JSON.stringify(visible(text));
}
