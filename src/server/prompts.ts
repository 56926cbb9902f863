import type { Prompt } from '@modelcontextprotocol/server';
import type { ServedTool } from './ports.ts';

/** An argument of a prompt, and what a client can complete it with. */
interface Argument {
  readonly name: string;
  readonly description: string;
  readonly required?: true;
  readonly completes?: 'user' | readonly string[];
}

/** A prompt as it is listed. What it says stands in prompt-texts.ts, which loads when one is asked for. */
export interface PromptCard {
  readonly name: 'offboard' | 'onboard' | 'access-review' | 'license-cleanup';
  readonly title: string;
  readonly description: string;
  /** Without this tool the prompt leads nowhere, and is not served. */
  readonly tool: string;
  readonly arguments: readonly Argument[];
}

/** How long nobody signed in: days that a review can ask for. */
const reviewDays = ['30', '60', '90', '180', '365'] as const;
const days: Argument = {
  name: 'days',
  description: 'Days without a sign-in, 90 unless given: 30, 60, 90, 180 or 365',
  completes: reviewDays,
};

const cards: readonly PromptCard[] = [
  {
    name: 'offboard',
    title: 'Offboard somebody',
    description:
      'Looks at what somebody has, plans their leaving, waits for the approval, and reports what is left to do.',
    tool: 'offboard_user',
    arguments: [
      { name: 'user', description: 'Who leaves', required: true, completes: 'user' },
      { name: 'successor', description: 'Who takes over', completes: 'user' },
      {
        name: 'preset',
        description: 'How much is done: block-only, standard or full',
        completes: ['block-only', 'standard', 'full'],
      },
    ],
  },
  {
    name: 'onboard',
    title: 'Onboard somebody',
    description:
      'Plans an account with its licenses, groups and manager, waits for the approval, and reports what is left to do.',
    tool: 'onboard_user',
    arguments: [
      { name: 'name', description: 'Display name of who comes', required: true },
      { name: 'userPrincipalName', description: 'Their sign-in name' },
      { name: 'like', description: 'A colleague to take groups and licenses from', completes: 'user' },
    ],
  },
  {
    name: 'access-review',
    title: 'Review access',
    description:
      'Asks the mirror for privileged people, guests and accounts without sign-in, and disabled ones in groups; plans what you decide.',
    tool: 'query_directory',
    arguments: [{ name: 'group', description: 'Name or id of one group to review; everything unless given' }, days],
  },
  {
    name: 'license-cleanup',
    title: 'Free unused licenses',
    description:
      'Asks the mirror for licenses of disabled accounts, of those without sign-in, and held together; plans what you decide.',
    tool: 'query_directory',
    arguments: [{ name: 'license', description: 'SKU id or part number; every license unless given' }, days],
  },
];

/** The prompts whose tool is served: none where the toolset is off or changes are. */
export function promptsOf(served: readonly ServedTool[]): PromptCard[] {
  return cards.filter(({ tool }) => served.some(({ definition }) => definition.name === tool));
}

/** A prompt as MCP's `prompts/list` spells it. */
export function listedPrompt({ name, title, description, arguments: given }: PromptCard): Prompt {
  return {
    name,
    title,
    description,
    arguments: given.map(({ completes: _, ...argument }) => argument),
  };
}
