import { ToolError } from '../../contract/index.ts';

/** SQL that is not run: what is wrong with it, and what to write instead. */
export function refused(message: string, fix: string, field: 'sql' | 'params' = 'sql'): ToolError {
  return new ToolError('INPUT_INVALID', { message, fix, detail: { field } });
}

/** A piece of the SQL as a message shows it: short, and with nothing in it that a terminal or a reader could stumble over. */
export function quoted(text: string): string {
  const visible = text.replace(/[\p{C}\p{Z}]+/gu, ' ').trim();
  return `"${visible.length > 40 ? `${visible.slice(0, 40)}…` : visible}"`;
}

/** Names are compared as SQLite does: only A to Z have two cases. [sqlite.org/c3ref/stricmp.html] */
export function folded(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
