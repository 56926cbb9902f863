import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, test as always, beforeAll, describe, expect } from 'vitest';
import { ApprovalTown, at, errorCode, type Office } from '../e2e/approval-office.ts';
import { type EntraProvider, startEntraProvider } from '../fixtures/entra-provider.ts';
import { hasChromium, openChromium } from './chromium.ts';
import { Tabs } from './tabs.ts';

const test = always.skipIf(!hasChromium);
const pictured = always.skipIf(!hasChromium || process.env['ENTRA_MCP_SCREENSHOTS'] === undefined);
const ann = { oid: 'aaaaaaaa-0000-4000-8000-000000000001', name: 'ann@contoso.example', roles: ['Approver'] };
const bob = { oid: 'bbbbbbbb-0000-4000-8000-000000000002', name: 'bob@contoso.example', roles: ['Approver'] };
const eve = { oid: 'eeeeeeee-0000-4000-8000-000000000003', name: 'eve@contoso.example', roles: [] };

let chromium: { browser: Browser; close(): Promise<void> };
let town: ApprovalTown;
let provider: EntraProvider;
let office: Office;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  if (!hasChromium) return;
  chromium = await openChromium();
  town = await ApprovalTown.open();
  provider = await startEntraProvider([ann, bob, eve], town.demo.tenantId);
  const ca = join(town.place.folder, 'authority.pem');
  writeFileSync(ca, provider.ca);
  env = {
    ENTRA_MCP_APPROVER_SIGN_IN: provider.clientId,
    AZURE_AUTHORITY_HOST: `https://${provider.host}`,
    NODE_EXTRA_CA_CERTS: ca,
  };
  office = await town.serve({ env });
}, 60_000);
afterAll(async () => {
  await town?.close();
  await provider?.close();
  await chromium?.close();
});

const tabs = new Tabs(() => chromium.browser);
/** A browser of its own: nobody is signed in there. */
const newTab = () => tabs.open({ ignoreHTTPSErrors: true });

/** Says at Entra who one is. */
async function signIn(tab: Page, who: string): Promise<void> {
  await tab.getByRole('heading', { name: 'Who are you?' }).waitFor();
  await tab.getByRole('link', { name: who }).click();
}

async function opened(address: string, who: string): Promise<Page> {
  const tab = await newTab();
  await tab.goto(address);
  await tab.getByRole('button', { name: 'Sign in with Entra' }).click();
  await signIn(tab, who);
  await tab.getByRole('heading', { name: 'Your decision' }).waitFor();
  return tab;
}

async function decide(tab: Page, decision: 'Approve' | 'Deny', who: string): Promise<void> {
  await tab.getByRole('button', { name: decision, exact: true }).click();
  await signIn(tab, who);
}

async function planned(user: string): Promise<{ readonly planId: string; readonly address: string }> {
  const { data, text } = await office.client.call('disable_user', { user, reason: 'Left the company' });
  const [planId, address] = [at(data, 'plan', 'id'), at(data, 'plan', 'approve', 'page')];
  if (typeof planId !== 'string' || typeof address !== 'string') throw new Error(text);
  return { planId, address };
}

const applied = async (planId: string, waitSeconds = 10) =>
  at((await office.client.call('apply_plan', { planId, waitSeconds })).data, 'status');
const stands = (tab: Page, words: string) => tab.locator('.tag').getByText(words, { exact: true }).waitFor();

describe('approvers who sign in', () => {
  test('approve: signed in to read, and again for this one decision', async () => {
    const { planId, address } = await planned(town.demo.landmarks.ordinary.id);
    const tab = await opened(address, ann.name);
    expect(new URL(tab.url()).pathname).toBe('/');
    expect(await tab.getByLabel('Approver PIN').count()).toBe(0);
    await decide(tab, 'Approve', ann.name);
    await stands(tab, 'approved, not applied yet');
    await tab.getByText(`Approved: ${ann.name}, on the page`).waitFor();
    expect(tab.url()).toBe(address);
    expect(await applied(planId)).toBe('completed');
    await stands(tab, 'applied');
    const { data } = await office.client.call('list_applied_plans', {});
    expect(at(data, 'items', '0', 'approved', 'by')).toBe(`Entra sign-in (${ann.name})`);
    const { stdout } = await town.place.run(['audit', 'tail']);
    expect(stdout).toContain(`approve, Entra sign-in of ${ann.name} (page)`);
    expect((await tab.context().cookies()).filter(({ domain }) => domain === '127.0.0.1')).toEqual([]);
  });

  test('two of them, where step-up is needed: the same one twice does not do', async () => {
    const { planId, address } = await planned(town.demo.landmarks.helpdeskAdmin.id);
    const tab = await opened(address, ann.name);
    await tab.getByText('two approvers have to sign in').waitFor();
    for (let once = 0; once < 2; once += 1) {
      await decide(tab, 'Approve', ann.name);
      await tab.getByText(`1 of 2 have approved: ${ann.name}.`).waitFor();
    }
    expect(await applied(planId, 0)).toBe('approval_required');
    const other = await opened(address, bob.name);
    await other.getByText(`1 of 2 have approved: ${ann.name}.`).waitFor();
    await decide(other, 'Approve', bob.name);
    await stands(other, 'approved, not applied yet');
    await stands(tab, 'approved, not applied yet');
    expect(await applied(planId)).toBe('completed');
  });

  test('deny, and what was denied stays so', async () => {
    const { planId, address } = await planned(town.demo.landmarks.newcomer.id);
    const tab = await opened(address, bob.name);
    await decide(tab, 'Deny', bob.name);
    await stands(tab, 'denied');
    const { data } = await office.client.call('apply_plan', { planId, waitSeconds: 0 });
    expect(errorCode({ data })).toBe('PLAN_DENIED');
  });

  test('who cancels at Entra, or may not approve, has decided nothing, and is told why', async () => {
    const { planId, address } = await planned(town.demo.landmarks.executive.id);
    const tab = await newTab();
    await tab.goto(address);
    await tab.getByRole('button', { name: 'Sign in with Entra' }).click();
    await signIn(tab, eve.name);
    await tab.getByText('does not have the app role Approver').waitFor();
    await tab.getByRole('button', { name: 'Sign in with Entra' }).click();
    await signIn(tab, ann.name);
    await tab.getByRole('button', { name: 'Approve', exact: true }).click();
    await signIn(tab, 'Cancel');
    await tab.getByText('Entra did not sign you in (access_denied). Nothing was decided.').waitFor();
    await tab.getByRole('button', { name: 'Approve', exact: true }).click();
    await signIn(tab, eve.name);
    await tab.getByText('does not have the app role Approver').waitFor();
    expect(await applied(planId, 0)).toBe('approval_required');
  });

  test('who did not get to Entra can begin again', async () => {
    const { address } = await planned(town.demo.landmarks.leaver.id);
    const tab = await newTab();
    const entra = `https://${provider.host}/**`;
    // As where a person stops the browser while it loads.
    await tab.route(entra, (route) => route.fulfill({ status: 204 }));
    await tab.goto(address);
    await Promise.all([
      tab.waitForResponse((response) => response.status() === 204),
      tab.getByRole('button', { name: 'Sign in with Entra' }).click(),
    ]);
    await tab.unroute(entra);
    await tab.getByRole('button', { name: 'Sign in with Entra' }).click();
    await signIn(tab, ann.name);
    await tab.getByRole('heading', { name: 'Your decision' }).waitFor();
  });

  test('in a terminal: the command shows the plan and serves the page itself, without any settings', async () => {
    const { planId } = await planned(town.demo.landmarks.guest.id);
    const child = town.place.spawn(['approve', planId], {
      env: { NODE_EXTRA_CA_CERTS: env['NODE_EXTRA_CA_CERTS'] ?? '' },
    });
    let written = '';
    child.stdout.on('data', (chunk) => {
      written += chunk;
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    await expect.poll(() => written, { timeout: 15_000 }).toMatch(/http:\/\/127\.0\.0\.1:\d+\/#[0-9a-f]{32}/);
    const [address = ''] = /http:\/\/127\.0\.0\.1:\d+\/#[0-9a-f]{32}/.exec(written) ?? [];
    const tab = await opened(address, bob.name);
    await decide(tab, 'Approve', bob.name);
    expect(await exited).toBe(0);
    expect(written).toContain(`Approved by ${bob.name}.`);
    tabs.complaints.length = 0;
    expect(await applied(planId)).toBe('completed');
  });

  pictured('has a picture in the documents', async () => {
    const { address } = await planned(town.demo.landmarks.eligibleAdmin.id);
    const tab = await opened(address, ann.name);
    await decide(tab, 'Approve', ann.name);
    await tab.getByText(`1 of 2 have approved: ${ann.name}.`).waitFor();
    await tab.setViewportSize({ width: 760, height: 600 });
    await tab.screenshot({
      path: join(import.meta.dirname, '..', '..', 'docs', 'images', 'approval-sign-in.png'),
      fullPage: true,
    });
  });

  test('axe finds nothing serious before the sign-in, nor in the decision', async () => {
    const { address } = await planned(town.demo.landmarks.synced.id);
    const tab = await newTab();
    await tab.goto(address);
    await tab.getByRole('button', { name: 'Sign in with Entra' }).waitFor();
    const look = async () =>
      tab.evaluate(`(async () => { ${axe.source}; return (await axe.run()).violations.map(({ id }) => id); })()`);
    expect(await look()).toEqual([]);
    await tab.getByRole('button', { name: 'Sign in with Entra' }).click();
    await signIn(tab, ann.name);
    await tab.getByRole('heading', { name: 'Your decision' }).waitFor();
    expect(await look()).toEqual([]);
  });
});
