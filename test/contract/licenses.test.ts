import { expect, test } from 'vitest';
import { bringMailbox } from '../../src/contract/index.ts';

test.each([
  ['EXCHANGE_S_ENTERPRISE', true],
  ['EXCHANGE_S_STANDARD', true],
  ['EXCHANGE_S_DESKLESS', true],
  ['EXCHANGE_S_ESSENTIALS', true],
  ['EXCHANGE_B_STANDARD', true],
  ['EXCHANGE_L_STANDARD', true],
  ['EXCHANGE_S_FOUNDATION', false],
  ['EXCHANGE_S_ARCHIVE_ADDON', false],
  ['TEAMS1', false],
  [null, false],
])('%s brings a mailbox: %s', (servicePlanName, brings) => {
  expect(bringMailbox([{ servicePlanName }])).toBe(brings);
});
