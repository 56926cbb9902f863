import { StringDecoder } from 'node:string_decoder';
import { ToolError } from '../contract/index.ts';
import type { Terminal } from './ports.ts';
import { withoutLast } from './screen/width.ts';

/** Ctrl-C at a prompt: nothing was decided. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

const longest = 1024;
const key = {
  interrupt: '\u0003',
  end: '\u0004',
  backspace: '\b',
  erase: '\u0015',
  escape: '\u001B',
  delete: '\u007F',
};

/** Reads what a person types, or what a program sends in their place. */
export class Keyboard {
  readonly #terminal: Terminal;
  readonly #decoder = new StringDecoder('utf8');
  /** Read, and not yet asked for: a pasted text may hold several lines. */
  #ahead = '';
  #isOver = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** True where a person sits at a terminal; otherwise lines are read as they come. */
  get isTerminal(): boolean {
    return this.#terminal.input.isTTY === true && this.#terminal.input.setRawMode !== undefined;
  }

  /**
   * A secret: typed without echo, or one line of input where there is no terminal.
   * @throws Interrupted on Ctrl-C, ToolError INPUT_INVALID where nothing comes.
   */
  async secret(prompt: string): Promise<string> {
    const secret = this.isTerminal ? await this.#typed(prompt, false) : await this.#line();
    if (secret !== '') return secret;
    throw new ToolError('INPUT_INVALID', {
      message: 'No PIN was given.',
      fix: 'Type it in a terminal, or send it as one line of standard input.',
    });
  }

  /** Waits until Enter is pressed. */
  async enter(prompt: string): Promise<void> {
    if (this.isTerminal) await this.#typed(prompt, true);
  }

  /** All of the input, to its end. */
  async all(): Promise<string> {
    while (await this.#more()) if (this.#ahead.length > 4 * 1024 * 1024) throw tooLong();
    return this.#ahead;
  }

  async #typed(prompt: string, ignored: boolean): Promise<string> {
    const { input, error } = this.#terminal;
    error.write(prompt);
    input.setRawMode?.(true);
    try {
      let typed = '';
      for (;;) {
        const char = await this.#char();
        if (char === key.interrupt || (char === key.end && typed === '')) throw new Interrupted();
        if (char === '\r') this.#ahead = this.#ahead.replace(/^\n/, '');
        if (char === undefined || char === '\r' || char === '\n') return typed;
        if (!ignored) typed = this.#edited(typed, char);
      }
    } finally {
      input.setRawMode?.(false);
      error.write('\n');
    }
  }

  #edited(typed: string, char: string): string {
    if (char === key.backspace || char === key.delete) return withoutLast(typed);
    if (char === key.erase) return '';
    if (char === key.escape) {
      // Arrow keys and the like arrive as ESC and a short tail.
      this.#ahead = this.#ahead.replace(/^[[O][\d;?]*[A-Za-z~]/, '');
      return typed;
    }
    if (/\p{Cc}/u.test(char)) return typed;
    if (typed.length >= longest) throw tooLong();
    return typed + char;
  }

  async #line(): Promise<string> {
    while (!this.#ahead.includes('\n')) {
      if (!(await this.#more())) break;
      if (this.#ahead.length > longest && !this.#ahead.slice(0, longest + 2).includes('\n')) throw tooLong();
    }
    const [line = ''] = this.#ahead.split('\n', 1);
    this.#ahead = this.#ahead.slice(line.length + 1);
    return line.replace(/\r$/, '');
  }

  async #char(): Promise<string | undefined> {
    while (this.#ahead === '') if (!(await this.#more())) return undefined;
    const [char = ''] = this.#ahead;
    this.#ahead = this.#ahead.slice(char.length);
    return char;
  }

  /** Waits for more input; false at its end. Between waits the stream is paused, so that it holds no process open. */
  async #more(): Promise<boolean> {
    const { input } = this.#terminal;
    if (this.#isOver || !input.readable) return false;
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const data = (chunk: Buffer | string) => {
      input.pause();
      this.#ahead += typeof chunk === 'string' ? chunk : this.#decoder.write(chunk);
      resolve(true);
    };
    const end = () => resolve(false);
    input.on('data', data).on('end', end).on('close', end).on('error', reject);
    input.resume();
    try {
      const isMore = await promise;
      this.#isOver = !isMore;
      return isMore;
    } finally {
      input.off('data', data).off('end', end).off('close', end).off('error', reject);
      input.pause();
    }
  }
}

function tooLong(): ToolError {
  return new ToolError('INPUT_INVALID', {
    message: 'The input is too long.',
    fix: 'Send one line with the PIN, or for a call at most 4 MB of JSON.',
  });
}
