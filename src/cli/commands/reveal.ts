import { readFileSync } from 'node:fs';
import { revealHandoff } from '../../approval/index.ts';
import { ToolError } from '../../contract/index.ts';
import { type Desk, type Outcome, type StateOptions, stateDirOf } from '../desk.ts';
import { exits } from '../failure.ts';

const names: Readonly<Record<string, string>> = {
  password: 'Password',
  temporaryAccessPass: 'Temporary Access Pass',
};

/** What `reveal` was asked for. */
interface RevealOptions extends StateOptions {
  readonly id: string;
  readonly stdout?: boolean;
  /** A PEM file, where the secret was sealed to ENTRA_MCP_HANDOFF_KEY. */
  readonly key?: string;
}

/** `entra-mcp reveal`: opens a sealed secret, once, for a person's eyes or (`--stdout`) for a pipe they chose. */
export async function reveal(desk: Desk, { id, ...options }: RevealOptions): Outcome {
  const { out, keyboard, ports } = desk;
  const stateDir = stateDirOf(desk, options);
  if (options.stdout !== true && ports.terminal.output.isTTY !== true) throw notATerminal();
  const opener =
    options.key === undefined ? { pin: await keyboard.secret('Approver PIN: ') } : { pem: textOf(options.key) };
  const opened = await revealHandoff(stateDir, id, opener, ports.clock);
  if (options.stdout === true) out.bare(opened.secret);
  else await show(desk, opened);
  return exits.done;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ToolError('INPUT_INVALID', {
      message: 'The file of --key cannot be read.',
      fix: 'Give the path of the PEM file with the private key. Nothing was opened.',
      cause,
    });
  }
}

interface Opened {
  readonly kind: string;
  readonly subject: string;
  readonly secret: string;
}

async function show(desk: Desk, opened: Opened): Promise<void> {
  const { out, keyboard } = desk;
  // What is drawn apart is gone from the window and its history; a terminal that cannot do that keeps it.
  if (keyboard.isTerminal && out.sheet.pages) {
    await out.apart(async () => {
      draw(desk, opened);
      await keyboard.enter(
        'Press Enter once it is handed over: it is then gone from this screen, and cannot be shown again. ',
      );
    });
    out.paragraph(`${nameOf(opened)} of ${opened.subject} was shown, once.`);
    return;
  }
  draw(desk, opened);
  out.paragraph('It cannot be shown again. Clear this screen and its history once it is handed over.');
}

function draw({ out }: Desk, opened: Opened): void {
  out.line();
  const note = opened.kind === 'password' ? ', to be changed at the first sign-in' : '';
  out.paragraph(`${nameOf(opened)} of ${opened.subject}${note}:`, { first: '  ' });
  out.line();
  out.line('    ', { text: opened.secret, ink: 'bold' });
  out.line();
}

function nameOf({ kind }: Opened): string {
  return names[kind] ?? kind;
}

function notATerminal(): ToolError {
  return new ToolError('INPUT_INVALID', {
    message: 'A secret is shown on a terminal only, and standard output is none.',
    fix: 'Run it in a terminal, or add --stdout to write the secret alone to standard output. It was not opened.',
  });
}
