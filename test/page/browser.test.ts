import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openChromium } from './chromium.ts';
import { openPageWorld, type PageWorld } from './page-world.ts';

let chromium: { browser: Browser; close(): Promise<void> };
beforeAll(async () => {
  chromium = await openChromium();
});
afterAll(() => chromium?.close());

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The page in a window of its own, after the proof. */
async function provenTab(address: string): Promise<Page> {
  const tab = await newTab();
  await tab.goto(address);
  await prove(tab);
  return tab;
}

async function newTab(): Promise<Page> {
  const context = await chromium.browser.newContext();
  closers.push(() => context.close());
  return context.newPage();
}

async function prove(tab: Page, pin = 'demo'): Promise<void> {
  await tab.getByLabel('Approver PIN').fill(pin);
  await tab.getByRole('button', { name: 'Show what waits' }).click();
}

async function decide(tab: Page, decision: 'Approve' | 'Deny', pin = 'demo'): Promise<void> {
  await tab.getByRole('heading', { name: 'Your decision' }).waitFor();
  await tab.getByLabel('Approver PIN').fill(pin);
  await tab.getByRole('button', { name: decision }).click();
}

async function opened(): Promise<PageWorld> {
  const world = await openPageWorld();
  closers.push(world.close);
  return world;
}

/** The tag that says where the plan stands. */
async function stands(tab: Page, words: string): Promise<void> {
  await tab.locator('.tag').getByText(words, { exact: true }).waitFor();
}

test('approve: the PIN, the plan in full, the PIN again; and it is applied while the page looks on', async () => {
  const { world, page, planned } = await opened();
  const { ordinary } = world.demo.landmarks;
  const id = await planned('disable_user', { user: ordinary.id });
  const tab = await provenTab(page.addressOf(id));
  await decide(tab, 'Approve');
  await stands(tab, 'approved, not applied yet');
  expect(world.changes()).toEqual([]);
  const { data } = await world.call('apply_plan', { planId: id, waitSeconds: 0 });
  expect(data).toMatchObject({ status: 'completed' });
  await stands(tab, 'applied');
  await tab.getByText('Applied, and recorded in the audit trail.').waitFor();
});
