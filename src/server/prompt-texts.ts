import { type GetPromptResult, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { fromPlanToEnd, quoted, type Values } from './prompt-parts.ts';
import type { PromptCard } from './prompts.ts';
import { accessReview, licenseCleanup } from './review-texts.ts';

const longest = 256;

const texts: Readonly<Record<PromptCard['name'], (given: Values) => readonly string[]>> = {
  offboard: ({ user = '', successor, preset }) => [
    `Offboard ${quoted(user)}. Go step by step, and change nothing that no person has approved.`,
    `1. Find the account: get_user with ${quoted(user)}; where that is no id or userPrincipalName, search_users. If several fit, ask me which one, and go on with its object id.`,
    ...(successor === undefined
      ? ['2. Ask me why they leave, and who takes over their reports and groups, if anybody does.']
      : [`2. ${quoted(successor)} takes over: find that account in the same way. Ask me why the person leaves.`]),
    '3. Call get_user with include manager, reports, groups, licenses, roles and devices. Tell me in a few lines what they have; roles and reports first.',
    `4. Call offboard_user with the object ids, ${preset === undefined ? 'the preset that I choose (block-only, standard or full)' : `preset ${quoted(preset)}`} and my reason. It only plans.`,
    ...fromPlanToEnd,
    'Where I say that it was a mistake: undo_offboarding takes it back; cancel_run only stops it.',
  ],
  onboard: ({ name = '', userPrincipalName, like }) => [
    `Onboard ${quoted(name)}. Go step by step, and change nothing that no person has approved.`,
    userPrincipalName === undefined
      ? '1. Ask me for the userPrincipalName. See with get_user that nobody has it (NOT_FOUND), and with search_users that the person has no account yet.'
      : `1. The userPrincipalName is ${quoted(userPrincipalName)}. See with get_user that nobody has it (NOT_FOUND), and with search_users that the person has no account yet.`,
    like === undefined
      ? '2. Ask me for what is missing: job title, department, manager, usage location, groups and licenses, or a colleague to take groups and licenses from.'
      : `2. Groups and licenses are to be like those of ${quoted(like)}: find that account, call get_user with include groups, licenses and roles, and tell me what the new person would get. Roles are not taken over. Ask me for what is missing: job title, department, manager, usage location.`,
    '3. Call onboard_user with what I said. It only plans, and takes no password: one is made and sealed for the approver.',
    ...fromPlanToEnd,
    'The result holds a handoffId, never a secret: the approver opens it with the reveal command. Do not ask for it.',
  ],
  'access-review': accessReview,
  'license-cleanup': licenseCleanup,
};

/**
 * What a prompt says, for a model.
 * @throws ProtocolError InvalidParams for an argument that is missing, too long or not one of this prompt.
 */
export function promptText(card: PromptCard, args: Readonly<Record<string, string>> = {}): GetPromptResult {
  const unknown = Object.keys(args).find((name) => !card.arguments.some((argument) => argument.name === name));
  if (unknown !== undefined) throw invalid(`The prompt ${card.name} has no argument ${quoted(unknown.slice(0, 80))}.`);
  const given: Record<string, string> = {};
  for (const { name, required, completes } of card.arguments) {
    const value = args[name]?.trim() ?? '';
    if (value === '' && required) throw invalid(`The prompt ${card.name} needs the argument ${name}.`);
    if (value.length > longest) throw invalid(`The argument ${name} is longer than ${longest} characters.`);
    if (value !== '' && Array.isArray(completes) && !completes.includes(value)) {
      throw invalid(`The argument ${name} must be one of ${completes.join(', ')}.`);
    }
    if (value !== '') given[name] = value;
  }
  const text = texts[card.name](given).join('\n');
  return { description: card.description, messages: [{ role: 'user', content: { type: 'text', text } }] };
}

function invalid(message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message);
}
