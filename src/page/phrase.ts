import type { PlanView } from '../contract/index.ts';

/**
 * What a person types to approve a plan that cannot be taken back: the UPN of whom it is about, else the name, else the id.
 * About several: how many. `undefined` where nothing is typed.
 */
export function phraseOf(plan: PlanView): string | undefined {
  if (!plan.risk.includes('irreversible')) return undefined;
  const targets = plan.targets ?? [];
  const [target] = targets;
  if (target === undefined) return plan.tool;
  if (targets.length > 1) return `${targets.length} objects`;
  const names = [target['userPrincipalName'], target['name'], target['id']];
  return names.find(isTypable) ?? plan.tool;
}

/** What is shown in escapes cannot be typed. */
function isTypable(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && !name.includes('⟨U+');
}

/** True where a person typed the phrase; capitals and space around it do not matter, as they do not in a UPN. */
export function isTyped(phrase: string, typed: string): boolean {
  const plain = (text: string) => text.normalize('NFC').trim().toLowerCase();
  return plain(phrase) === plain(typed);
}
