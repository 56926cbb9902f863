import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, test as always, beforeAll, describe, expect } from 'vitest';
import { z } from 'zod';
import { countedPins } from '../fixtures/counted-pins.ts';
import { hasChromium, openChromium } from './chromium.ts';
import { openPageWorld, type PageWorld } from './page-world.ts';
import { Tabs } from './tabs.ts';

const test = always.skipIf(!hasChromium);
let chromium: { browser: Browser; close(): Promise<void> };
beforeAll(async () => {
  if (hasChromium) chromium = await openChromium();
});
afterAll(() => chromium?.close());

const tabs = new Tabs(() => chromium.browser);
const { closers, complaints } = tabs;

/** The page in a window of its own, after the proof. */
async function provenTab(address: string, options: BrowserContextOptions = {}): Promise<Page> {
  const tab = await tabs.open(options);
  await tab.goto(address);
  await prove(tab);
  await tab.getByRole('button', { name: 'Lock' }).waitFor();
  await tab.locator('main h1').getByText('Approver PIN').waitFor({ state: 'detached' });
  return tab;
}

async function prove(tab: Page, pin = 'demo'): Promise<void> {
  await tab.getByLabel('Approver PIN').fill(pin);
  await tab.getByRole('button', { name: 'Show what waits' }).click();
}

async function decide(tab: Page, decision: 'Approve' | 'Deny', pin = 'demo'): Promise<void> {
  await tab.getByRole('heading', { name: 'Your decision' }).waitFor();
  await tab.getByLabel('Approver PIN').fill(pin);
  await tab.getByRole('button', { name: decision, exact: true }).click();
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

/** Kept for the documents where ENTRA_MCP_SCREENSHOTS is set. */
async function pictured(tab: Page, name: string, part?: Locator): Promise<void> {
  if (process.env['ENTRA_MCP_SCREENSHOTS'] === undefined) return;
  const folder = join(import.meta.dirname, '..', '..', 'docs', 'images');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.png`);
  if (part === undefined) await tab.screenshot({ path, fullPage: true });
  else await part.screenshot({ path });
}

/** Renames somebody behind the server's back. */
async function renamed({ world }: PageWorld, userId: string, displayName: string): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ displayName });
  const { status } = await fetch(`${world.demo.url}/v1.0/users/${userId}`, { method: 'PATCH', headers, body });
  expect(status).toBe(204);
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

test('deny: nothing is changed, and a call that waits learns of it', async () => {
  const { world, page, planned } = await opened();
  const id = await planned('disable_user', { user: world.demo.landmarks.ordinary.id });
  const tab = await provenTab(page.addressOf(id));
  await decide(tab, 'Deny');
  await stands(tab, 'denied');
  await tab.getByText('A human denied this plan. Nothing was changed.').waitFor();
  expect(await tab.getByRole('button', { name: 'Approve' }).count()).toBe(0);
  expect((await world.call('apply_plan', { planId: id, waitSeconds: 0 })).code).toBe('PLAN_DENIED');
  expect(world.changes()).toEqual([]);
});

test('expire: the time counts down, and when it is over nothing is left to decide', async () => {
  const { world, page, planned } = await opened();
  const id = await planned('disable_user', { user: world.demo.landmarks.ordinary.id });
  const tab = await provenTab(page.addressOf(id));
  await tab.getByText(/^14 min \d+ s$/).waitFor();
  await world.clock.advance(14 * 60_000);
  await tab.getByText(/^\d+ s$/).waitFor();
  // A person is still there: the session goes on.
  await Promise.all([tab.waitForResponse(/active$/), tab.keyboard.press('Shift')]);
  await world.clock.advance(60_000);
  await stands(tab, 'expired');
  expect(await tab.getByRole('button', { name: 'Approve' }).count()).toBe(0);
});

test('a session in which nobody did anything for 15 minutes ends, and shows nothing any more', async () => {
  const { world, page, planned } = await opened();
  const { ordinary } = world.demo.landmarks;
  const id = await planned('disable_user', { user: ordinary.id });
  const tab = await provenTab(page.addressOf(id));
  await tab.getByRole('heading', { name: 'Your decision' }).waitFor();
  await world.clock.advance(15 * 60_000);
  await tab.getByText('The session has ended.').waitFor();
  expect(await tab.content()).not.toContain(ordinary.displayName);
  expect(await tab.title()).not.toContain(ordinary.displayName);
});

test('stale: what changed meanwhile is said, and the plan that was made anew waits', async () => {
  const at = await opened();
  const { world, page, planned } = at;
  const { ordinary } = world.demo.landmarks;
  const id = await planned('disable_user', { user: ordinary.id });
  const tab = await provenTab(page.addressOf(id));
  await decide(tab, 'Approve');
  await stands(tab, 'approved, not applied yet');
  await renamed(at, ordinary.id, 'Maya Newname');
  expect((await world.call('apply_plan', { planId: id, waitSeconds: 0 })).code).toBe('PLAN_STALE');
  await stands(tab, 'stale');
  await tab.getByText('What the plan was made from has changed since').waitFor();
  await tab.getByRole('link', { name: 'All plans' }).click();
  await tab.getByRole('heading', { name: '1 plan waits' }).waitFor();
  await tab.getByRole('link', { name: /Maya Newname/ }).click();
  await tab.getByRole('heading', { name: 'Your decision' }).waitFor();
});

test('a plan that another person decides meanwhile cannot be decided here any more', async () => {
  const { world, page, planned } = await opened();
  const id = await planned('disable_user', { user: world.demo.landmarks.ordinary.id });
  const tab = await provenTab(page.addressOf(id));
  await tab.getByRole('heading', { name: 'Your decision' }).waitFor();
  await world.decide(id, 'deny');
  await stands(tab, 'denied');
  expect(await tab.getByRole('button', { name: 'Approve' }).count()).toBe(0);
});

test('a wrong PIN shows nothing, says how many are left, and the fifth locks and says until when', async () => {
  const { world, page, planned } = await opened();
  const { ordinary } = world.demo.landmarks;
  const id = await planned('disable_user', { user: ordinary.id });
  const tab = await tabs.open();
  await tab.goto(page.addressOf(id));
  await prove(tab, 'wrong');
  await tab.getByText(/Wrong approver PIN\. 4 more wrong PINs lock/).waitFor();
  for (const left of ['3 more', '2 more', 'One more']) {
    await prove(tab, 'wrong');
    await tab.getByText(left).waitFor();
  }
  await prove(tab, 'wrong');
  await tab.getByText(/Too many wrong PINs.*It ends at .*\d{4}/).waitFor();
  await prove(tab);
  await tab.getByText('Too many wrong PINs').waitFor();
  expect(await tab.content()).not.toContain(ordinary.displayName);
  await world.clock.advance(15 * 60_000 + 1);
  await prove(tab);
  await stands(tab, 'expired');
});

test('a wrong PIN at a decision decides nothing, and the next one counts', async () => {
  const { world, page, planned } = await opened();
  const id = await planned('disable_user', { user: world.demo.landmarks.ordinary.id });
  const tab = await provenTab(page.addressOf(id));
  await decide(tab, 'Approve', 'wrong');
  await tab.getByText('Wrong approver PIN').waitFor();
  await stands(tab, 'waits');
  await decide(tab, 'Approve');
  await stands(tab, 'approved, not applied yet');
});

describe('a name that wants to be more than a name', () => {
  test.each([
    ['HTML', '<h2>Your decision</h2><img src=x onerror="document.title=1">', '<h2>Your decision</h2><img src=x'],
    ['a script', '</script><script>document.title="owned"</script>', '</script><script>'],
    ['right to left', '\u202Egnp.ecilA', '⟨U+202E⟩gnp.ecilA'],
    ['Hebrew', 'שלום עולם (approved)', 'שלום עולם (approved)'],
    ['lines', 'Ann\nStatus: approved', 'Ann⟨U+000A⟩Status: approved'],
    ['zero width', 'Al\u200Bice', 'Al⟨U+200B⟩ice'],
  ])('%s', async (_, name, shown) => {
    const at = await opened();
    const { ordinary } = at.world.demo.landmarks;
    await renamed(at, ordinary.id, name);
    const id = await at.planned('disable_user', { user: ordinary.id });
    const tab = await provenTab(at.page.addressOf(id));
    await tab.getByRole('heading', { name: 'Your decision', exact: true, level: 2 }).waitFor();
    expect(await tab.getByRole('heading', { name: 'Your decision', exact: true, level: 2 }).count()).toBe(1);
    const isolated = await tab.locator('.target h3 bdi').allTextContents();
    expect(isolated).toEqual([expect.stringContaining(shown)]);
    expect(await tab.title()).toMatch(/entra-mcp$/);
    const kinds = await tab.locator('main :is(img, script, iframe, svg, style)').count();
    expect(kinds).toBe(0);
  });
});

test('what cannot be taken back needs the UPN typed', async () => {
  const { world, page, planned } = await opened();
  const { deletedUser } = world.demo.landmarks;
  const id = await planned('purge_user', { user: deletedUser.id });
  const tab = await provenTab(page.addressOf(id), { viewport: { width: 760, height: 600 } });
  const typed = tab.getByLabel(`To approve, type ${deletedUser.userPrincipalName}`);
  await typed.fill('somebody@contoso-demo.example');
  await decide(tab, 'Approve');
  await tab.getByText('What you typed is not what the plan is about').waitFor();
  await typed.fill(deletedUser.userPrincipalName);
  await pictured(tab, 'approval-irreversible', tab.locator('section').filter({ has: typed }));
  await decide(tab, 'Approve');
  await stands(tab, 'approved, not applied yet');
});

test('a sealed password is opened once, stands there until it is closed, and can be copied', async () => {
  const { world, page, planned } = await opened();
  const id = await planned('reset_password', { user: world.demo.landmarks.ordinary.id });
  await world.decide(id, 'approve');
  await world.call('apply_plan', { planId: id, waitSeconds: 0 });
  const permissions = ['clipboard-read', 'clipboard-write'];
  const tab = await provenTab(page.origin, { permissions, viewport: { width: 760, height: 500 } });
  const sheet = tab.locator('[data-handoff]');
  await sheet.getByText(/^23 h 59 min$|^24 h 0 min$/).waitFor();
  await sheet.getByLabel('Approver PIN').fill('wrong');
  await sheet.getByRole('button', { name: 'Open' }).click();
  await sheet.getByText('Wrong approver PIN').waitFor();
  await sheet.getByLabel('Approver PIN').fill('demo');
  await sheet.getByRole('button', { name: 'Open' }).click();
  const secret = await sheet.locator('.secret').textContent();
  expect(secret?.length).toBeGreaterThan(10);
  await pictured(tab, 'approval-handoff');
  await sheet.getByRole('button', { name: 'Copy' }).click();
  await sheet.getByText('Copied.').waitFor();
  // The page looks on meanwhile, and leaves it where it is.
  await tab.waitForTimeout(2_000);
  expect(await sheet.locator('.secret').textContent()).toBe(secret);
  await sheet.getByRole('button', { name: 'Close' }).click();
  await sheet.waitFor({ state: 'detached' });
  expect(await tab.content()).not.toContain(secret);
  await tab.reload();
  await tab.getByRole('heading', { name: 'No plan waits' }).waitFor();
  expect(await tab.locator('[data-handoff]').count()).toBe(0);
  expect(await tab.content()).not.toContain(secret);
});

test('the keyboard alone approves, and a screen reader is told of it', async () => {
  const { world, page, planned } = await opened();
  await planned('disable_user', { user: world.demo.landmarks.ordinary.id });
  const tab = await tabs.open();
  await tab.goto(page.origin);
  await tab.getByLabel('Approver PIN').waitFor();
  await tab.keyboard.type('demo');
  await tab.keyboard.press('Enter');
  await tab.getByRole('heading', { name: '1 plan waits' }).waitFor();
  await tab.keyboard.press('Tab');
  await tab.keyboard.press('Enter');
  await tab.getByRole('heading', { name: 'Your decision' }).waitFor();
  await tab.getByLabel('Approver PIN').focus();
  await tab.keyboard.type('demo');
  await tab.keyboard.press('Enter');
  await stands(tab, 'waits');
  await tab.keyboard.press('Enter');
  await stands(tab, 'approved, not applied yet');
  expect(await tab.getByRole('status').first().textContent()).toBe('This plan: approved, not applied yet');
});

describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
  test('axe finds nothing serious, and a phone shows it all without scrolling sideways', async () => {
    const at = await opened();
    const { ordinary, helpdeskAdmin, leaver, deletedUser } = at.world.demo.landmarks;
    const reset = await at.planned('reset_password', { user: ordinary.id });
    await at.world.decide(reset, 'approve');
    await at.world.call('apply_plan', { planId: reset, waitSeconds: 0 });
    const plans = [
      await at.planned('disable_user', { user: helpdeskAdmin.id }),
      await at.planned('offboard_user', { user: leaver.id }),
      await at.planned('purge_user', { user: deletedUser.id }),
    ];
    const viewport = { width: 760, height: 600 };
    const tab = await tabs.open({ colorScheme, viewport });
    await tab.goto(at.page.origin);
    await tab.getByLabel('Approver PIN').waitFor();
    await lookedAt(tab);
    await prove(tab);
    await tab.getByRole('heading', { name: '3 plans wait' }).waitFor();
    await lookedAt(tab);
    if (colorScheme === 'dark') await pictured(tab, 'approval-list');
    for (const [i, id] of plans.entries()) {
      await tab.goto(at.page.addressOf(id));
      await tab.getByRole('heading', { name: 'Your decision' }).waitFor();
      await lookedAt(tab);
      if (i === 0 && colorScheme === 'light') await pictured(tab, 'approval-plan');
    }
    await tab.goto(at.page.addressOf(reset));
    await tab.getByRole('heading', { name: 'Sealed secrets' }).waitFor();
    await lookedAt(tab);
  });
});

/** Nothing serious by axe-core, and nothing that sticks out on a phone. */
async function lookedAt(tab: Page): Promise<void> {
  const size = tab.viewportSize();
  // Run where scripts are not asked of the page's policy: in the browser's own world.
  const violations = await tab.evaluate(`(async () => { ${axe.source}; return (await axe.run()).violations; })()`);
  const found = z.array(z.object({ id: z.string(), impact: z.string(), help: z.string() })).parse(violations);
  expect(found).toEqual([]);
  await tab.setViewportSize({ width: 360, height: 740 });
  expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
  if (size !== null) await tab.setViewportSize(size);
}

describe('another page in the same browser', () => {
  /** A page of an attacker, on another port of this machine: as near as it can come. */
  async function attacker(): Promise<Page> {
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<title>attacker</title><body></body>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(async () => {
      server.close();
      server.closeAllConnections();
    });
    const tab = await tabs.open();
    await tab.goto(`http://127.0.0.1:${portOf(server.address())}/`);
    tab.removeAllListeners('console');
    return tab;
  }

  function portOf(address: AddressInfo | string | null): number {
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  test('cannot frame it, ask it, post to it, or lead to it by a link', async () => {
    const { world, page, planned } = await opened();
    const id = await planned('disable_user', { user: world.demo.landmarks.ordinary.id });
    const tab = await attacker();
    const framed = await tab.evaluate(
      `new Promise((resolve) => {
        const frame = document.createElement('iframe');
        frame.onload = () => resolve('loaded');
        frame.src = ${JSON.stringify(page.origin)};
        document.body.append(frame);
        setTimeout(() => resolve('never'), 3000);
      })`,
    );
    expect(framed).toBeDefined();
    for (const frame of tab.frames().slice(1)) expect(await frame.locator('main').count()).toBe(0);
    for (const [path, init] of [
      ['/', {}],
      ['/api/plans', { headers: { authorization: 'Bearer x' } }],
      ['/api/session', { method: 'POST', body: JSON.stringify({ pin: 'demo' }) }],
      ['/api/session', { method: 'POST', body: '{"pin":"demo"}', headers: { 'content-type': 'application/json' } }],
    ] as const) {
      const asked = `fetch(${JSON.stringify(page.origin + path)}, ${JSON.stringify(init)}).then((r) => r.text(), () => 'refused')`;
      expect(await tab.evaluate(asked)).toBe('refused');
    }
    expect(await countedPins(world.folder)).toBe(0);
    await tab.evaluate(`location.href = ${JSON.stringify(page.addressOf(id))}`);
    await tab.getByText('A link led here. Type the address into the browser instead.').waitFor();
  });
});

test('the token is in the tab alone: no cookie, nothing that outlives it, and Lock forgets it', async () => {
  const { page } = await opened();
  const tab = await provenTab(page.origin);
  const context = tab.context();
  expect(await context.cookies()).toEqual([]);
  expect(await tab.evaluate('localStorage.length')).toBe(0);
  expect(await tab.evaluate('sessionStorage.length')).toBe(1);
  const second = await context.newPage();
  await second.goto(page.origin);
  await second.getByRole('heading', { name: 'Approver PIN' }).waitFor();
  await tab.getByRole('button', { name: 'Lock' }).click();
  await tab.getByRole('heading', { name: 'Approver PIN' }).waitFor();
  expect(await tab.evaluate('sessionStorage.length')).toBe(0);
});

test('a plan that is not there is said not to be, and the others are a click away', async () => {
  const { world, page, planned } = await opened();
  await planned('disable_user', { user: world.demo.landmarks.ordinary.id });
  const tab = await provenTab(page.addressOf('0'.repeat(32)));
  await tab.getByRole('heading', { name: 'This cannot be shown' }).waitFor();
  await tab.locator('main').getByText('There is no plan with this id.').waitFor();
  await tab.getByRole('link', { name: 'All plans' }).click();
  await tab.getByRole('link', { name: 'Disable ' }).waitFor();
});

test('a server that has gone is said to be gone', async () => {
  const { page } = await opened();
  const tab = await provenTab(page.origin);
  await page.close();
  await tab.getByRole('heading', { name: 'The server is gone' }).waitFor();
  complaints.length = 0;
});
