import { z } from 'zod';
import { nearest } from '../contract/nearest.ts';

type Issue = z.core.$ZodIssue;
const mostOptions = 12;

/** What is wrong with a field, as the end of a sentence that begins with its name. Never says the value back. */
export function problemOf(issue: Issue, args: object): string {
  switch (issue.code) {
    case 'invalid_type':
      return valueAt(args, issue.path) === undefined ? 'is required' : `must be ${article(issue.expected)}`;
    case 'too_big':
      return `${issue.origin === 'string' || issue.origin === 'array' ? 'has' : 'is'} more than ${issue.maximum}${unit(issue.origin)}`;
    case 'too_small':
      return tooSmall(issue);
    case 'invalid_value':
      if (valueAt(args, issue.path) === undefined) return 'is required';
      return notAmong(issue.values.map(String), valueAt(args, issue.path));
    case 'invalid_union':
      return 'has none of the forms it can have';
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    default:
      // A message of the schema's own ends the sentence; the library's begin with "Invalid".
      return issue.message.startsWith('Invalid') ? 'has not the form it must have' : issue.message;
  }
}

function tooSmall(issue: z.core.$ZodIssueTooSmall): string {
  const isCounted = issue.origin === 'string' || issue.origin === 'array';
  if (isCounted && issue.minimum === 1) return 'is empty';
  return `${isCounted ? 'has' : 'is'} less than ${issue.minimum}${unit(issue.origin)}`;
}

function notAmong(options: readonly string[], value: unknown): string {
  if (options.length <= mostOptions) return `must be one of ${options.join(', ')}`;
  const like = typeof value === 'string' ? nearest(value.slice(0, 80), options) : undefined;
  return like === undefined ? 'is not one of the values it can have' : `has an unknown value; did you mean ${like}?`;
}

function unit(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' ? ' items' : '';
}

function article(type: string): string {
  if (type === 'int') return 'a whole number';
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}

function valueAt(args: unknown, path: readonly PropertyKey[]): unknown {
  let at: unknown = args;
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Object.getOwnPropertyDescriptor(at, step)?.value;
  }
  return at;
}

/** The names of fields that an object at `path` of the schema can have. */
export function fieldsAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const [step, ...rest] = path;
  return bare(schema).flatMap((form) => {
    if (form instanceof z.ZodObject) {
      if (step === undefined) return Object.keys(form.shape);
      const inner = form.shape[String(step)];
      return inner === undefined ? [] : fieldsAt(inner, rest);
    }
    return form instanceof z.ZodArray && step !== undefined ? fieldsAt(form.element, rest) : [];
  });
}

/** The schemas behind optional, nullable, default and union. */
function bare(schema: z.core.$ZodType): z.core.$ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return bare(schema.unwrap());
  }
  if (schema instanceof z.ZodPipe) return bare(schema.in);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => bare(option));
  return [schema];
}
