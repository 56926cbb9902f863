import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPolicyFile } from '../../../src/approval/index.ts';
import { policyActions } from '../../../src/approval/policy/schema.ts';
import { PolicyFolder } from '../../fixtures/policies.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const actions = policyActions(JSON.parse(readFileSync(join(root, 'tools.json'), 'utf8')));
const folder = new PolicyFolder(actions);
afterAll(() => folder.remove());

const group = 'bbbbbbbb-0000-4000-8000-000000000001';

describe('a file of policies is refused', () => {
  it.each([
    ['with a fault of grammar', '\n\nforbid (principal, action, resource', 3, 'unexpected end of input'],
    ['with another effect', 'forbd (principal, action, resource);', 1, 'invalid policy effect: forbd'],
    ['without a name', 'forbid (principal, action, resource);', 1, '@id'],
    ['with a name that no line can hold', '@id("a b\\n") forbid (principal, action, resource);', 1, '@id'],
    ['with a name twice', '@id("a") forbid (principal, action, resource);\n'.repeat(2), 2, 'stands in line 1 already'],
    ['with a misspelt annotation', '@id("a") @rul("approval") forbid (principal, action, resource);', 1, '@rule?'],
    ['with a rule that is none', '@id("a") @rule("ask") forbid (principal, action, resource);', 1, '@rule("step-up")'],
    ['with an empty rule', '@id("a") @rule("") forbid (principal, action, resource);', 1, '@rule("step-up")'],
    ['with a permit that does not say so', '@id("a") permit (principal, action, resource);', 1, 'without-approval'],
    [
      'with a permit that tightens',
      '@id("a") @rule("deny") permit (principal, action, resource);',
      1,
      'without-approval',
    ],
    [
      'with a forbid that loosens',
      '@id("a") @rule("without-approval") forbid (principal, action, resource);',
      1,
      'a forbid takes',
    ],
    [
      'with a tool that is none',
      '\n@id("a") forbid (principal, action == Action::"disable_usr", resource);',
      2,
      'unrecognized action',
    ],
    [
      'with a property that is none',
      '@id("a") forbid (principal, action, resource is User)\nwhen { resource.departmnt == "x" };',
      2,
      'departmnt',
    ],
    [
      'with a property that not every object has',
      '@id("a") forbid (principal, action, resource) when { resource.department == "x" };',
      1,
      'department',
    ],
    [
      'with a value that no property has',
      '@id("a") forbid (principal, action, resource is User) when { resource.userType == UserType::"guest" };',
      1,
      'guest',
    ],
    [
      'with a text for a member of a list',
      '@id("a") forbid (principal, action, resource is User) when { resource.userType == "Guest" };',
      1,
      'not compatible',
    ],
    [
      'with a group by its name',
      '@id("a") forbid (principal, action, resource in Group::"Executives");',
      1,
      'GUID in small letters',
    ],
    [
      'with a group in capitals',
      `@id("a") forbid (principal, action, resource in Group::"${group.toUpperCase()}");`,
      1,
      'GUID in small letters',
    ],
    ['with a template', '@id("a") forbid (principal == ?principal, action, resource);', 1, 'template'],
  ])('%s, with the line', async (_, text, line, words) => {
    const { port, problems } = await folder.read(text);
    expect(port).toBeUndefined();
    expect(problems).toContainEqual(expect.objectContaining({ line, message: expect.stringContaining(words) }));
  });

  it('with all its problems at once, by line, none naming an id that stands nowhere', async () => {
    const { problems } = await folder.read(
      '// größer, ohne Umlaut kleiner: 日本\n@id("a")\npermit (principal, action, resource);\n\nforbid (principal, action == Action::"x", resource);',
    );
    expect(problems.map(({ line }) => line)).toEqual([3 - 1, 5, 5]);
    expect(JSON.stringify(problems)).not.toMatch(/policy\d/);
  });

  it('where it is missing, too large, no text, or open to everybody', async () => {
    const missing = join(folder.dir, 'none.cedar');
    await expect(readPolicyFile(missing, actions)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(folder.read('/'.repeat(300_000))).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    const shared = folder.file('');
    chmodSync(shared, 0o666);
    await expect(readPolicyFile(shared, actions)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      fix: expect.stringContaining('chmod'),
    });
  });
});

describe('a file of policies is read', () => {
  it('with each policy at its line, however many there are', async () => {
    const text = Array.from(
      { length: 25 },
      (_, i) => `// ${i}\n@id("p${i}")\nforbid (principal, action, resource);\n`,
    ).join('\n');
    const { policies, problems } = await folder.read(text);
    expect(problems).toEqual([]);
    expect(policies.map(({ id, line }) => [id, line])).toEqual(
      Array.from({ length: 25 }, (_, i) => [`p${i}`, 4 * i + 2]),
    );
  });

  it('as plain forbids deny, and what is said of the reason', async () => {
    const { policies } = await folder.read('@id("a") @reason("Legal hold") forbid (principal, action, resource);');
    expect(policies).toEqual([expect.objectContaining({ id: 'a', rule: 'deny', reason: 'Legal hold' })]);
  });

  it('and warns of what can never match, and of what loosens for everybody', async () => {
    const { port, warnings } = await folder.read(
      '@id("never") forbid (principal, action, resource is User) when { resource is Group };\n' +
        '@id("wide") @rule("without-approval") permit (principal, action, resource);',
    );
    expect(port).toBeDefined();
    expect(warnings).toEqual([
      expect.objectContaining({ line: 1, message: expect.stringContaining('impossible') }),
      expect.objectContaining({ line: 2, message: expect.stringContaining('without any condition') }),
    ]);
  });

  it('and warns of no permit that says whom it is for, as resource or under when', async () => {
    const { warnings } = await folder.read(
      `@id("group") @rule("without-approval") permit (principal, action, resource in Group::"${group}");\n` +
        '@id("when") @rule("without-approval") permit (principal, action, resource is User) when { !resource.privileged };\n' +
        '@id("kind") @rule("without-approval") permit (principal, action, resource is User);',
    );
    expect(warnings).toEqual([expect.objectContaining({ line: 3, message: expect.stringContaining('any condition') })]);
  });

  it('also when it is empty', async () => {
    expect(await folder.read('// nothing yet\n')).toMatchObject({ policies: [], problems: [], warnings: [] });
  });
});

it('the documented policies for pipelines are good, and without a warning', async () => {
  const file = join(root, 'docs', 'policies', 'unattended.cedar');
  expect(await readPolicyFile(file, actions)).toMatchObject({ problems: [], warnings: [] });
});
