import { ConfigError } from '../config/problem.ts';
import { ToolError } from '../contract/index.ts';
import { Interrupted } from './keyboard.ts';
import type { Screen } from './screen/screen.ts';

/** Exit codes. They are a contract. */
export const exits = { done: 0, failed: 1, usage: 2, configuration: 78, interrupted: 130 } as const;

/** Tells a person why a command failed, and answers the exit code. A stack trace shows only when asked for. */
export function toldFailure(thrown: unknown, screen: Screen, debug: boolean): number {
  const code = told(thrown, screen);
  if (debug && thrown instanceof Error && thrown.stack !== undefined) screen.lines(thrown.stack);
  return code;
}

function told(thrown: unknown, screen: Screen): number {
  if (thrown instanceof Interrupted) return exits.interrupted;
  if (thrown instanceof ConfigError) {
    const { problems } = thrown;
    if (problems.length > 1) say(screen, `${problems.length} settings are wrong.`);
    for (const { message, fix } of problems) say(screen, message, fix);
    return exits.configuration;
  }
  if (thrown instanceof ToolError) {
    say(screen, thrown.message, thrown.fix);
    return thrown.code === 'CONFIG_INVALID' ? exits.configuration : exits.failed;
  }
  say(
    screen,
    `It failed unexpectedly: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    'Run it again with ENTRA_MCP_LOG_LEVEL=debug to see where.',
  );
  return exits.failed;
}

function say(screen: Screen, message: string, fix?: string): void {
  screen.paragraph(message, { first: 'entra-mcp: ', rest: '  ', ink: 'red' });
  if (fix !== undefined) screen.paragraph(fix, { first: '  ' });
}
