import { expect, test } from 'vitest';
import deltaSync from '../../../tools/directory/delta-sync.ts';
import { FakeGraph } from '../../fixtures/fake-graph.ts';
import { read, readContext } from '../../fixtures/tool-trial.ts';
import { fakeDirectory, report } from './fake-directory.ts';

test('it answers what the sync came to', async () => {
  const { directory } = fakeDirectory();
  expect(await read(deltaSync, {}, new FakeGraph(), { directory })).toEqual(report);
});

test('the caller can stop it, and hears how far it is', async () => {
  const { asked, directory } = fakeDirectory();
  const heard: string[] = [];
  const context = readContext(new FakeGraph(), { directory });
  await deltaSync.run({}, { ...context, progress: (message) => heard.push(message) });
  expect(asked.signals).toEqual([context.signal]);
  expect(heard).toEqual(['page 1']);
});

test('it takes nothing: what is mirrored is for the settings to say', () => {
  for (const input of [{ fields: ['employeeId'] }, { full: true }, { cursor: 'c1.ab.0' }]) {
    expect(deltaSync.input.safeParse(input).success).toBe(false);
  }
});
