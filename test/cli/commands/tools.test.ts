import { expect, it } from 'vitest';
import type { ServedTool } from '../../../src/server/index.ts';
import { run } from '../terminal.ts';

function served(name: string, toolset: ServedTool['toolset'], hints: { read?: true; destructive?: true }): ServedTool {
  return {
    toolset,
    readOnly: hints.read === true,
    definition: {
      name,
      title: name,
      description: `Does ${name}. More about it.`,
      inputSchema: { type: 'object' },
      outputSchema: { type: 'object' },
      annotations: {
        readOnlyHint: hints.read === true,
        destructiveHint: hints.destructive === true,
        idempotentHint: true,
        openWorldHint: true,
      },
    },
  };
}

const inventory = async () => [
  served('get_plan', 'core', { read: true }),
  served('enable_user', 'users', {}),
  served('disable_user', 'users', { destructive: true }),
];

it('lists every tool under its toolset, with the worst it can do and its first sentence', async () => {
  const { code, output } = await run(['tools'], { ports: { inventory } });
  expect(code).toBe(0);
  expect(output).toContain(
    [
      'core',
      '  get_plan      reads        Does get_plan.',
      '',
      'users',
      '  enable_user   changes      Does enable_user.',
      '  disable_user  destructive  Does disable_user.',
    ].join('\n'),
  );
});

it('--json prints the definitions and nothing else', async () => {
  const { output } = await run(['tools', '--json'], { ports: { inventory } });
  const expected = (await inventory()).map(({ toolset, definition }) => ({ toolset, ...definition }));
  expect(JSON.parse(output)).toEqual(expected);
});
