import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineReadTool, defineTool, pageSize, type Tool, text, userRef } from '../../src/contract/index.ts';
import { servedTool } from '../../src/server/served.ts';
import applyPlan from '../../tools/core/apply-plan.ts';
import { changeThing, listThings } from './fake-ports.ts';

function reading(input: z.ZodObject, output: z.ZodObject = z.object({})): Tool {
  return defineReadTool({ ...listThings, input, output, run: async () => ({}) });
}

function inputOf(shape: z.core.$ZodLooseShape): unknown {
  return servedTool(reading(z.strictObject(shape))).definition.inputSchema['properties'];
}

describe('a served input schema', () => {
  test('has types, descriptions, choices and upper limits of numbers; no lengths, counts or patterns', () => {
    const { inputSchema } = servedTool(
      reading(
        z.strictObject({
          user: userRef,
          name: text(40).optional(),
          kind: z.enum(['a', 'b']),
          list: z.array(z.string().regex(/^x/)).max(20).describe('Names'),
          when: z.iso.datetime().optional(),
          count: z.int().optional(),
          pageSize,
        }),
      ),
    ).definition;
    expect(inputSchema).toEqual({
      type: 'object',
      properties: {
        user: { type: 'string', description: 'Object id or UPN' },
        name: { type: 'string' },
        kind: { type: 'string', enum: ['a', 'b'] },
        list: { type: 'array', items: { type: 'string' }, description: 'Names' },
        when: { type: 'string', format: 'date-time' },
        count: { type: 'integer' },
        pageSize: { type: 'integer', maximum: 100 },
      },
      required: ['user', 'kind', 'list'],
      additionalProperties: false,
    });
  });

  test('is closed at the top only, and keeps what a record holds', () => {
    expect(inputOf({ one: z.strictObject({ a: z.string() }), map: z.record(z.string(), z.number()) })).toEqual({
      one: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
      map: { type: 'object', additionalProperties: { type: 'number' } },
    });
  });

  test('gives each alternative one type, which more hosts understand', () => {
    expect(inputOf({ a: z.string().max(4).nullable().describe('A') })).toEqual({
      a: { anyOf: [{ type: 'string' }, { type: 'null' }], description: 'A' },
    });
  });

  test('says once what a list or an alternative holds, and the items say it where the list does not', () => {
    const name = z.string().describe('A name');
    expect(
      inputOf({
        said: z.array(name).describe('Names'),
        silent: z.array(name),
        none: name.nullable().describe('Or null'),
      }),
    ).toEqual({
      said: { type: 'array', items: { type: 'string' }, description: 'Names' },
      silent: { type: 'array', items: { type: 'string', description: 'A name' } },
      none: { anyOf: [{ type: 'string' }, { type: 'null' }], description: 'Or null' },
    });
  });

  test('leaves out what anyone assumes: off, empty, at least one, as many as is usual', () => {
    expect(
      inputOf({
        off: z.boolean().default(false),
        on: z.boolean().default(true),
        more: z.strictObject({}).default({}),
        seconds: z.int().min(0).max(9).default(5),
        year: z.int().min(1900),
      }),
    ).toEqual({
      off: { type: 'boolean' },
      on: { type: 'boolean', default: true },
      more: { type: 'object', properties: {} },
      seconds: { type: 'integer', maximum: 9 },
      year: { type: 'integer', minimum: 1900 },
    });
  });

  test('keeps fields that are named like keywords', () => {
    expect(inputOf({ pattern: z.string().max(3), format: z.string(), required: z.boolean() })).toEqual({
      pattern: { type: 'string' },
      format: { type: 'string' },
      required: { type: 'boolean' },
    });
  });
});

describe('a served output schema', () => {
  test('of a read tool requires nothing, forbids nothing, and has room for an error', () => {
    const output = z.object({
      items: z.array(z.object({ id: z.uuid(), mail: z.email().nullish() })),
      total: z.int().optional(),
    });
    expect(servedTool(reading(z.strictObject({}), output)).definition.outputSchema).toEqual({
      type: 'object',
      properties: {
        items: {
          type: 'array',
          items: { properties: { id: { type: 'string' }, mail: { type: ['string', 'null'] } } },
        },
        total: { type: 'integer' },
        error: { type: 'object' },
      },
    });
  });

  test('writes "or null" short, except of choices, and no type that the rest says', () => {
    const output = z.object({
      a: z.string().max(4).nullable(),
      b: z.enum(['x']).nullable(),
      c: z.object({ type: z.literal(true) }).nullable(),
    });
    expect(servedTool(reading(z.strictObject({}), output)).definition.outputSchema['properties']).toEqual({
      a: { type: ['string', 'null'] },
      b: { anyOf: [{ enum: ['x'] }, { type: 'null' }] },
      c: { type: ['object', 'null'], properties: { type: { const: true } } },
      error: { type: 'object' },
    });
  });

  test('of a change tool is the common shape, with its own output as result', () => {
    expect(servedTool(changeThing).definition.outputSchema).toEqual({
      type: 'object',
      properties: {
        status: { enum: ['completed', 'unchanged', 'approval_required', 'denied', 'running'] },
        plan: { type: 'object' },
        result: { properties: { id: { type: 'string' }, done: { type: 'boolean' } } },
        runId: { type: 'string' },
        auditHead: { type: 'string' },
        tenant: { type: 'object' },
        message: { type: 'string' },
        error: { type: 'object' },
      },
    });
  });
});

describe('the hints', () => {
  const hints = (tool: Tool) => servedTool(tool).definition.annotations;

  test('of a read tool', () => {
    expect(servedTool(listThings)).toMatchObject({ readOnly: true, toolset: 'users' });
    expect(hints(listThings)).toEqual({
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: true,
      openWorldHint: true,
    });
  });

  test('of apply_plan are those of the worst plan', () => {
    expect(servedTool(applyPlan).readOnly).toBe(false);
    expect(hints(applyPlan)).toMatchObject({ readOnlyHint: false, destructiveHint: true, idempotentHint: true });
  });

  test('of a change tool follow the risks that its plan may be raised to', () => {
    const mild = defineTool({ ...changeThing, risk: 'write', idempotent: false });
    const raised = defineTool({ ...changeThing, risk: 'write', mayRaiseTo: ['irreversible'] });
    expect(hints(mild)).toMatchObject({ readOnlyHint: false, destructiveHint: false, idempotentHint: false });
    expect(hints(raised)).toMatchObject({ readOnlyHint: false, destructiveHint: true, idempotentHint: true });
  });
});
