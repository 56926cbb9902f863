import { resolve } from 'node:path';
import type { Keyboard } from './keyboard.ts';
import type { CliPorts } from './ports.ts';
import type { Screen } from './screen/screen.ts';

/** Where a command finds the state: every command that needs no credentials takes these. */
export interface StateOptions {
  readonly stateDir?: string;
  readonly envFile?: string;
}

/** What a command works with. */
export interface Desk {
  readonly ports: CliPorts;
  /** What was asked for. */
  readonly out: Screen;
  /** Everything else: questions, warnings, failures. */
  readonly err: Screen;
  readonly keyboard: Keyboard;
}

/** A command, told its options; resolves to the exit code. */
export type Outcome = Promise<number>;

/** The state folder, as an absolute path. */
export function stateDirOf(desk: Desk, { stateDir, envFile }: StateOptions): string {
  return resolve(
    desk.ports.stateDir({
      ...(stateDir === undefined ? {} : { stateDir }),
      ...(envFile === undefined ? {} : { envFile }),
    }),
  );
}
