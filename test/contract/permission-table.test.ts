import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { missingFrom, permissionsWithWider, widerThan } from '../../src/contract/permission-table.ts';

test('a wider permission covers a narrower one, never the other way round', () => {
  expect(missingFrom(['User.ReadWrite.All'], ['User.Read.All'])).toEqual([]);
  expect(missingFrom(['User.Read.All'], ['User.ReadWrite.All'])).toEqual(['User.ReadWrite.All']);
  for (const narrow of permissionsWithWider) {
    for (const wide of widerThan(narrow)) expect(widerThan(wide)).not.toContain(narrow);
  }
});

const folder = process.env['GRAPH_CONTRACT_DIR'] ?? join(import.meta.dirname, '../../../shared/data/graph');
const listed = join(folder, 'permissions.json');

describe.skipIf(!existsSync(listed))('against the published permissions', () => {
  const access = z.object({ least: z.array(z.string()).default([]), higher: z.array(z.string()).default([]) });
  const published = z
    .object({
      permissions: z.record(z.string(), z.unknown()),
      endpoints: z.record(z.string(), z.object({ application: access.optional() })),
    })
    .parse(existsSync(listed) ? JSON.parse(readFileSync(listed, 'utf8')) : { permissions: {}, endpoints: {} });

  // Newer than the published list, or told in the text of user-update and user-post-users only.
  const byText = [
    'User.Create',
    'User.ReadUpdate.All',
    'User-Mail.ReadWrite.All',
    'User-Phone.ReadWrite.All',
    'User.EnableDisableAccount.All',
  ];

  test.each(permissionsWithWider.filter((narrow) => !byText.includes(narrow)))(
    '%s is covered by each that is said to',
    (narrow) => {
      const endpoints = Object.values(published.endpoints).flatMap(({ application }) => application ?? []);
      const taken = endpoints.filter(({ least, higher }) => [...least, ...higher].includes(narrow));
      for (const wide of widerThan(narrow)) {
        expect(
          taken.some(({ least, higher }) => [...least, ...higher].includes(wide)),
          wide,
        ).toBe(true);
        expect(Object.keys(published.permissions)).toContain(wide);
      }
    },
  );
});
