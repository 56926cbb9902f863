import type { z } from 'zod';
import { type Tool, ToolError, visible } from '../contract/index.ts';
import { nearest } from '../contract/nearest.ts';
import { fieldsAt, problemOf } from './input-problem.ts';

/** One thing that is wrong with a call's arguments. */
export interface FieldProblem {
  /** The field as a path: `filters.0.name`. */
  readonly field: string;
  /** Completes the sentence that the field begins. */
  readonly problem: string;
  /** The valid name most like an unknown one. */
  readonly nearest?: string;
}

const shownLength = 80;
const deepest = 16;
const longest = 32_768;
const mostValues = 20_000;
const mostProblems = 20;

/** A client's own text, short and safe enough to say back. */
export function shown(text: string): string {
  const cut = visible(text.slice(0, shownLength + 1));
  return cut.length > shownLength ? `${cut.slice(0, shownLength)}…` : cut;
}

/**
 * A call's arguments, checked by the tool's own schema.
 * @throws ToolError INPUT_INVALID naming every field that is wrong, in `detail.fields`; values are not said back.
 */
export function parsedInput(tool: Tool, args: unknown): Record<string, unknown> {
  const given = args ?? {};
  if (typeof given !== 'object' || Array.isArray(given)) {
    throw refused(tool, [{ field: 'arguments', problem: 'must be an object' }]);
  }
  const { problems, tooMuch } = extremesOf(given);
  if (tooMuch) throw refused(tool, problems);
  const parsed = tool.input.safeParse(given);
  if (!parsed.success) problems.push(...parsed.error.issues.flatMap((issue) => named(tool.input, issue, given)));
  if (parsed.success && problems.length === 0) return parsed.data;
  throw refused(tool, problems);
}

/** What no tool takes: NUL, half characters, texts past 32 KB, nesting. Walks without recursion. */
function extremesOf(args: object): { problems: FieldProblem[]; tooMuch: boolean } {
  const problems: FieldProblem[] = [];
  const open: { value: unknown; field: string; depth: number }[] = [{ value: args, field: '', depth: 0 }];
  let values = 0;
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    values += 1;
    const field = at.field === '' ? 'arguments' : at.field;
    if (values > mostValues) return { problems: [{ field, problem: 'has too many values' }], tooMuch: true };
    if (at.depth > deepest) {
      return { problems: [{ field, problem: `nests deeper than ${deepest} levels` }], tooMuch: true };
    }
    if (typeof at.value === 'string') problems.push(...extremesOfText(field, at.value));
    if (typeof at.value !== 'object' || at.value === null) continue;
    for (const [key, value] of Object.entries(at.value)) {
      const name = at.field === '' ? shown(key) : at.field;
      // zod passes over this one without a word.
      if (key === '__proto__') problems.push({ field: name, problem: 'has a field __proto__, which no tool takes' });
      open.push({ value, field: name, depth: at.depth + 1 });
    }
  }
  return { problems, tooMuch: false };
}

function extremesOfText(field: string, text: string): FieldProblem[] {
  if (text.length > longest) return [{ field, problem: `is longer than ${longest} characters` }];
  if (text.includes('\0')) return [{ field, problem: 'has a NUL character' }];
  return text.isWellFormed() ? [] : [{ field, problem: 'has half of a surrogate pair' }];
}

function named(schema: z.ZodObject, issue: z.core.$ZodIssue, args: object): FieldProblem[] {
  const at = issue.path.map((step) => shown(String(step)));
  if (issue.code !== 'unrecognized_keys') {
    return [{ field: at.join('.') || 'arguments', problem: problemOf(issue, args) }];
  }
  const valid = fieldsAt(schema, issue.path);
  return issue.keys.map((key) => {
    const instead = saidOf(key, issue.message);
    if (instead !== undefined) return { field: [...at, key].join('.'), problem: instead };
    const like = nearest(key.slice(0, shownLength), valid);
    return {
      field: [...at, shown(key)].join('.'),
      problem:
        like === undefined ? 'is not a field of this tool' : `is not a field of this tool; did you mean ${like}?`,
      ...(like === undefined ? {} : { nearest: like }),
    };
  });
}

/** What the schema itself says of an unknown field, as update_user does: `<field> <what to do instead>; …`. */
function saidOf(key: string, message: string): string | undefined {
  return message
    .split('; ')
    .find((part) => part.startsWith(`${key} `))
    ?.slice(key.length + 1);
}

function refused(tool: Tool, found: readonly FieldProblem[]): ToolError {
  const unlike = found.filter((one, i) => found.findIndex((other) => sameProblem(one, other)) === i);
  const fields = unlike.slice(0, mostProblems);
  const names = [...new Set(fields.map((problem) => problem.field))];
  const more = unlike.length > fields.length ? ` and ${unlike.length - fields.length} more` : '';
  return new ToolError('INPUT_INVALID', {
    message: `The input of ${tool.name} is not valid: see ${names.join(', ')}${more}.`,
    fix: `${fields.map(({ field, problem }) => `${field} ${problem}`).join('; ')}. Nothing was sent: correct this and call again.`,
    detail: { fields },
  });
}

function sameProblem(one: FieldProblem, other: FieldProblem): boolean {
  return one.field === other.field && one.problem === other.problem;
}
