import type { z } from 'zod';
import type { GraphSchema, Page } from '../contract/index.ts';
import { unexpectedAnswer } from './errors.ts';
import { field } from './graph-error.ts';
import type { GraphResponse } from './request.ts';
import type { GraphRoot } from './root.ts';

/** One object of an answer, as its schema says; keys it does not name are dropped. @throws ToolError UPSTREAM */
export function parseObject<S extends GraphSchema>(schema: S, response: GraphResponse): z.output<S> {
  return parsed(schema, response.body, response, '');
}

/** One page of an answer. @throws ToolError UPSTREAM, also for a next link that leads away from this Graph. */
export function parsePage<S extends GraphSchema>(
  schema: S,
  response: GraphResponse,
  root: GraphRoot,
): Page<z.output<S>> {
  const value = field(response.body, 'value');
  if (!Array.isArray(value)) throw unexpectedAnswer(response, 'value');
  const items = value.map((item: unknown, index) => parsed(schema, item, response, `value.${index}.`));
  const next = field(response.body, '@odata.nextLink');
  const total = field(response.body, '@odata.count');
  if (next !== undefined && typeof next !== 'string') throw unexpectedAnswer(response, '@odata.nextLink');
  if (next !== undefined) root.follow(next);
  return {
    items,
    ...(next === undefined ? {} : { next }),
    ...(typeof total === 'number' ? { total } : {}),
  };
}

function parsed<S extends GraphSchema>(schema: S, value: unknown, response: GraphResponse, at: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw unexpectedAnswer(response, at + (result.error.issues[0]?.path.join('.') ?? ''));
}
