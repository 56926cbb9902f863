import { expect, test } from 'vitest';
import describeDirectory from '../../../tools/directory/describe-directory.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { read } from '../../fixtures/tool-trial.ts';
import { description, fakeDirectory } from './fake-directory.ts';

test('it answers the description whole, also before there is a mirror', async () => {
  const { directory } = fakeDirectory();
  expect(await read(describeDirectory, {}, new FakeGraph(), { directory })).toEqual(description);
});

test('it takes nothing', () => {
  expect(describeDirectory.input.safeParse({ table: 'users' }).success).toBe(false);
});
