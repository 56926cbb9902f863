import { CommanderError } from 'commander';
import type { Desk } from './desk.ts';
import { exits, toldFailure } from './failure.ts';
import { Keyboard } from './keyboard.ts';
import type { CliPorts } from './ports.ts';
import { programOf } from './program.ts';
import { Screen, type Sheet } from './screen/screen.ts';

export type { CliPorts, OpenDirectory, Terminal } from './ports.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Runs a command. `argv` is without node and script. Never throws: answers the exit code, 0 done, 1 failed, 2 usage,
 * 78 settings, 130 interrupted.
 */
export async function runCli(argv: readonly string[], ports: CliPorts): Promise<number> {
  const { terminal } = ports;
  // For as long as the process lives: what is still buffered fails after the command is done.
  for (const stream of new Set([terminal.output, terminal.error])) stream.on('error', ignoreClosedPipe);
  const desk: Desk = {
    ports,
    out: new Screen(terminal.output, sheetOf(terminal.output, process.env)),
    err: new Screen(terminal.error, sheetOf(terminal.error, process.env)),
    keyboard: new Keyboard(terminal),
  };
  return parsed(argv, desk);
}

async function parsed(argv: readonly string[], desk: Desk): Promise<number> {
  let code: number = exits.done;
  const program = programOf(desk, async (ended) => {
    code = await ended;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    // commander has told it already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exits.done : exits.usage;
    return toldFailure(error, desk.err, process.env['ENTRA_MCP_LOG_LEVEL'] === 'debug');
  }
}

/** How a stream is written to: a terminal is as wide as it says, a pipe as COLUMNS says or 100, and gets no colour. */
function sheetOf(stream: NodeJS.WritableStream & { isTTY?: boolean; columns?: number }, env: Environment): Sheet {
  const isTerminal = stream.isTTY === true;
  const isDumb = env['TERM'] === 'dumb';
  const said = isTerminal ? stream.columns : Number(env['COLUMNS']);
  const width = said !== undefined && Number.isInteger(said) && said > 0 ? said : isTerminal ? 80 : 100;
  return {
    width: Math.min(Math.max(width, 40), 140),
    colour: isTerminal && !isDumb && !env['NO_COLOR'],
    wholeRows: !isTerminal && !env['COLUMNS'],
    pages: isTerminal && !isDumb,
  };
}

/** Whoever reads has gone (`… | head`): what is left to write has no reader. */
function ignoreClosedPipe(error: Error & { code?: string }): void {
  if (error.code !== 'EPIPE') throw error;
}
