import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsedInput } from '../../src/server/input.ts';
import updateUser from '../../tools/users/update-user.ts';
import { answered, errorOf, textOf } from './calls.ts';
import { changeThing, fakes, listThings } from './fake-ports.ts';

/** The problems that a call is refused for, by field. Nothing may have been opened or planned. */
async function problems(tool: string, args: unknown): Promise<Record<string, string[]>> {
  const { ports, opened, gate } = fakes();
  const answer = await answered(ports, tool, args);
  const error = errorOf(answer);
  expect(error.code).toBe('INPUT_INVALID');
  expect(opened.count).toBe(0);
  expect(gate.plans.size).toBe(0);
  expect(textOf(answer).length).toBeLessThan(8000);
  const byField: Record<string, string[]> = Object.create(null);
  const fields = error.detail?.['fields'];
  if (!Array.isArray(fields)) throw new Error('No fields');
  for (const { field, problem } of fields) {
    byField[field] = [...(byField[field] ?? []), problem];
    expect(textOf(answer)).toContain(field);
  }
  return { ...byField };
}

describe('arguments that are not valid', () => {
  test('every field is named at once, with what is wrong', async () => {
    expect(await problems('change_thing', { user: 7, resaon: 'because' })).toEqual({
      user: ['must be a string'],
      reason: ['is required'],
      resaon: ['is not a field of this tool; did you mean reason?'],
    });
  });

  test('an unknown field gets the nearest valid name as data', async () => {
    const error = errorOf(await answered(fakes().ports, 'change_thing', { user: 'a', reason: 'why', usr: 'b' }));
    expect(error.detail).toEqual({
      fields: [{ field: 'usr', problem: 'is not a field of this tool; did you mean user?', nearest: 'user' }],
    });
  });

  test('a field that another tool is for says which', () => {
    const args = { user: 'ann@contoso.example', set: { accountEnabled: false, passwordProfile: {}, jobTtle: 'x' } };
    expect(() => parsedInput(updateUser, args)).toThrow(
      expect.objectContaining({
        fix: expect.stringMatching(
          /set\.accountEnabled is not set here: use disable_user.*set\.passwordProfile.*set\.jobTtle .*jobTitle/,
        ),
      }),
    );
  });

  test('fields inside lists are named by their path, with the names valid there', async () => {
    expect(await problems('list_things', { kinds: [{ name: 'blue' }, { name: 'red', wieght: 2 }] })).toEqual({
      'kinds.0.name': ['must be one of red, green'],
      'kinds.1.wieght': ['is not a field of this tool; did you mean weight?'],
    });
  });

  test.each([
    ['empty', '', 'is empty'],
    ['NUL', 'a\0b', 'has a NUL character'],
    ['a right-to-left override', 'a\u202eb', 'has a character that reorders or hides text'],
    ['a Unicode tag', 'a\u{e0041}b', 'has a character that reorders or hides text'],
    ['a line break', 'a\nb', 'has a control character'],
    ['half a surrogate pair', 'a\ud800', 'has half of a surrogate pair'],
    ['a path', '../users', 'is neither an object id nor a userPrincipalName'],
    ['100 KB', 'x'.repeat(100_000), 'is longer than 32768 characters'],
    ['too long', 'x'.repeat(300), 'has more than 256 characters'],
  ])('%s', async (_name, user, problem) => {
    const found = await problems('change_thing', { user, reason: 'because' });
    expect(Object.keys(found)).toEqual(['user']);
    expect(found['user']).toContain(problem);
  });

  test.each([
    ['a whole number', { pageSize: 2.5 }, 'pageSize', 'must be a whole number'],
    ['a number in its limits', { pageSize: 500 }, 'pageSize', 'is more than 100'],
    ['not below', { pageSize: 0 }, 'pageSize', 'is less than 1'],
  ])('%s', async (_name, args, field, problem) => {
    expect(await problems('list_things', args)).toEqual({ [field]: [problem] });
  });

  test('arguments that are no object', async () => {
    expect(await problems('list_things', ['a'])).toEqual({ arguments: ['must be an object'] });
    expect(await problems('list_things', 'text')).toEqual({ arguments: ['must be an object'] });
  });

  test('nesting without end is refused before any schema sees it', async () => {
    let deep: unknown = 'x';
    for (let i = 0; i < 50_000; i += 1) deep = [deep];
    expect(await problems('list_things', { kinds: deep })).toEqual({ kinds: ['nests deeper than 16 levels'] });
  });

  test('more values than anybody asks for', async () => {
    const kinds = Array.from({ length: 30_000 }, () => 1);
    expect(await problems('list_things', { kinds })).toEqual({ kinds: ['has too many values'] });
  });

  test('a field called __proto__ is refused like any other unknown one', async () => {
    const found = await problems('list_things', JSON.parse('{"__proto__": {"pageSize": 1}, "constructor": 1}'));
    expect(Object.keys(found).sort()).toEqual(['__proto__', 'constructor']);
  });

  test('no value is said back, and no name longer than 80 characters', async () => {
    const { ports } = fakes();
    const secret = 'hunter2-'.repeat(40);
    const long = `\u202e<script>${'y'.repeat(5000)}`;
    const text = textOf(await answered(ports, 'change_thing', { user: secret, reason: 5, [long]: secret }));
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('\u202e');
    expect(text).not.toContain('y'.repeat(81));
    expect(text).toContain('⟨U+202E⟩<script>');
  });
});

test('whatever the arguments, the call is answered, never thrown, and an error names a field', async () => {
  const args = fc.oneof(fc.jsonValue({ maxDepth: 6 }), fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()));
  const { ports, opened } = fakes();
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(listThings, changeThing), args, async (tool, given) => {
      opened.count = 0;
      const answer = await answered(ports, tool.name, given);
      if (answer.isError !== true) return;
      const error = errorOf(answer);
      expect(error.code).toBe('INPUT_INVALID');
      expect(error.detail?.['fields']).not.toHaveLength(0);
      expect(opened.count).toBe(0);
    }),
    { numRuns: 300 },
  );
});
