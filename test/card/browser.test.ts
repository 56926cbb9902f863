import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import axe from 'axe-core';
import type { Browser, Frame } from 'playwright-core';
import { afterAll, afterEach, test as always, beforeAll, beforeEach, describe, expect } from 'vitest';
import { z } from 'zod';
import { hasChromium, openChromium } from '../page/chromium.ts';
import { type CallResult, connected, type TestClient } from '../server/clients.ts';
import { type CardOptions, type ShownCard, shownCard } from './card-host.ts';

const entry = join(import.meta.dirname, '..', '..', 'dist', 'main.js');
const test = always.skipIf(!hasChromium || !existsSync(entry));
const home = mkdtempSync(join(tmpdir(), 'entra-mcp-card-'));
let chromium: { browser: Browser; close(): Promise<void> };
/** The client of each test, with a demo tenant of its own: at most ten plans may wait. */
let client: TestClient;
const closers: (() => Promise<void>)[] = [];

/** `serve --demo`, with a client that shows cards. */
async function serving(trust: string): Promise<TestClient> {
  const env = envOf(trust);
  const parameters = { command: process.execPath, args: [entry, 'serve', '--demo'], env, stderr: 'ignore' as const };
  const connection = await connected('v2 auto', new StdioClientTransport(parameters), { cards: true });
  closers.push(() => connection.close());
  return connection;
}

function envOf(trust: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    ENTRA_MCP_STATE_DIR: join(home, trust),
    ENTRA_MCP_OPEN_BROWSER: 'false',
    ENTRA_MCP_TRUST_ELICITATION: trust,
  };
}

beforeAll(async () => {
  if (hasChromium) chromium = await openChromium();
});
beforeEach(async () => {
  if (existsSync(entry)) client = await serving('auto');
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(async () => {
  await chromium?.close();
  rmSync(home, { recursive: true, force: true });
});

/** An enabled member of the demo tenant. */
async function someone(): Promise<{ id: string; displayName: string }> {
  const filters = { accountEnabled: true, userType: 'Member', synced: false, pageSize: 60 };
  const { data } = await client.call('search_users', filters);
  const user = Array.isArray(data['items']) ? data['items'].at(-1) : undefined;
  if (user === undefined) throw new Error('The demo tenant has nobody');
  return user;
}

async function isEnabled(id: string): Promise<unknown> {
  const { data } = await client.call('get_user', { user: id });
  return Object(data['user']).accountEnabled;
}

const reason = 'Left the company, says their manager';

/** A plan to disable somebody, on its card. */
async function disabling(user: { id: string }, options: CardOptions = {}) {
  const args = { user: user.id, reason };
  const answer = await client.call('disable_user', args);
  return { ...(await card(args, answer, options)), planId: planIdOf(answer) };
}

async function card(args: object, answer: CallResult, options: CardOptions = {}): Promise<ShownCard> {
  const shown = await shownCard(chromium.browser, client, { args, answer }, options);
  closers.push(() => shown.close());
  await shown.frame.getByRole('heading', { level: 1 }).waitFor();
  return shown;
}

function planIdOf({ data }: CallResult): string {
  return String(Object(data['plan']).id);
}

async function statusOf(planId: string): Promise<unknown> {
  return (await client.call('get_plan', { planId })).data['status'];
}

function buttonsOf(frame: Frame): Promise<string[]> {
  return frame.getByRole('button').allTextContents();
}

test('shows the plan in the server’s words, the agent’s apart, and how long there is', async () => {
  const user = await someone();
  const { frame, tab, planId } = await disabling(user);
  await frame.getByRole('heading', { level: 1, name: `Disable ${user.displayName}` }).waitFor();
  await frame.getByRole('row', { name: 'accountEnabled true false' }).waitFor();
  await frame.getByText('New sign-ins are blocked').waitFor();
  await frame.getByText(/^14 min \d+ s$/).waitFor();
  expect(await frame.locator('blockquote').textContent()).toBe(`“${reason}”`);
  expect(await frame.locator('code').last().textContent()).toContain(`approve ${planId}`);
  const room = await tab.locator('iframe').boundingBox();
  expect(room?.height).toBe(await frame.evaluate('document.body.offsetHeight'));
});

test('Approve applies the plan, says so, and tells the model without anybody’s name', async () => {
  const user = await someone();
  const { frame, heard, planId, calls } = await disabling(user);
  await frame.getByRole('button', { name: 'Approve' }).click();
  await frame.locator('.tag').getByText('applied', { exact: true }).waitFor();
  expect(await isEnabled(user.id)).toBe(false);
  expect(calls).toEqual(['decide_plan']);
  expect(await buttonsOf(frame)).toEqual([]);
  await expect.poll(heard).toMatchObject({ contexts: [{ content: [{ type: 'text' }] }] });
  const [text] = (await heard()).contexts.map(({ content }) => content[0]?.text);
  expect(text).toContain(`plan ${planId}. completed`);
  expect(text).not.toContain(user.displayName);
  const applied = await client.call('apply_plan', { planId });
  expect(applied.data).toMatchObject({ status: 'completed' });
});

test('Deny changes nothing, and the plan is over', async () => {
  const user = await someone();
  const { frame, heard, planId } = await disabling(user);
  await frame.getByRole('button', { name: 'Deny' }).click();
  await frame.locator('.tag').getByText('denied', { exact: true }).waitFor();
  expect(await isEnabled(user.id)).toBe(true);
  expect(await statusOf(planId)).toBe('denied');
  await expect.poll(async () => JSON.stringify(await heard())).toContain('denied');
});

test('the keyboard alone decides', async () => {
  const user = await someone();
  const { frame, tab } = await disabling(user);
  await expect.poll(() => frame.getByRole('button', { name: 'Approve' }).isEnabled()).toBe(true);
  await frame.getByRole('button', { name: 'Approve' }).focus();
  await tab.keyboard.press('Tab');
  await tab.keyboard.press('Enter');
  await frame.locator('.tag').getByText('denied', { exact: true }).waitFor();
  expect(await isEnabled(user.id)).toBe(true);
});

test('a click that no person made decides nothing, nor does a message of anybody but the host', async () => {
  const user = await someone();
  const { frame, planId, calls } = await disabling(user);
  const approve = frame.getByRole('button', { name: 'Approve' });
  await expect.poll(() => approve.isEnabled()).toBe(true);
  await frame.evaluate('for (const button of document.querySelectorAll("button")) button.click()');
  const structuredContent = { status: 'completed', message: 'Applied by nobody' };
  const forged = { jsonrpc: '2.0', method: 'ui/notifications/tool-result', params: { structuredContent } };
  await frame.evaluate(`window.postMessage(${JSON.stringify(forged)}, '*')`);
  await frame.evaluate('new Promise((resolve) => setTimeout(resolve, 200))');
  expect(calls).toEqual([]);
  expect(await approve.isVisible()).toBe(true);
  expect(await statusOf(planId)).toBe('pending');
  expect(await isEnabled(user.id)).toBe(true);
});

describe('a plan that the client may not decide', () => {
  /** The ways that are left, with no button to approve. */
  async function leftToThePage({ frame, tab, heard }: ShownCard, planId: string): Promise<void> {
    await frame.getByText('This plan is not decided here: an approver has to sign it.').waitFor();
    expect(await buttonsOf(frame)).toEqual(['Open the approval page', 'Look again']);
    await frame.getByRole('button', { name: 'Open the approval page' }).click();
    await expect.poll(heard).toMatchObject({ links: [expect.stringMatching(new RegExp(`^http://127.*#${planId}$`))] });
    expect(await tab.content()).not.toContain('nonce');
  }

  test('because it cannot be taken back: the page and the command stand there', async () => {
    const { data } = await client.call('list_deleted_users', {});
    const [deleted] = z.array(z.object({ id: z.string() })).parse(data['items']);
    const args = { user: deleted?.id, reason };
    const answer = await client.call('purge_user', args);
    await leftToThePage(await card(args, answer), planIdOf(answer));
  });

  test('because the settings trust no client, and what became of it elsewhere is seen on looking again', async () => {
    client = await serving('false');
    const shown = await disabling(await someone());
    await leftToThePage(shown, shown.planId);
    expect(
      spawnSync(process.execPath, [entry, 'deny', shown.planId], { env: envOf('false'), input: 'demo\n' }).status,
    ).toBe(0);
    await shown.frame.getByRole('button', { name: 'Look again' }).click();
    await shown.frame.locator('.tag').getByText('denied', { exact: true }).waitFor();
    expect(shown.calls).toEqual(['get_plan']);
  });

  test('because there are too many people for an answer, and it says what is left out', async () => {
    const args = { user: (await someone()).id, reason };
    const answer = await client.call('disable_user', args);
    Object.assign(Object(answer.data['plan']), { stepUp: true, shortened: 'Names are left out of this answer.' });
    const { frame } = await card(args, answer);
    await frame.getByText('Names are left out of this answer.', { exact: true }).waitFor();
  });

  test('because the host passes no calls on', async () => {
    const { frame } = await disabling(await someone(), { capabilities: {} });
    await frame.getByText('In a terminal:').waitFor();
    expect(await buttonsOf(frame)).toEqual([]);
  });
});

test('a host that refuses the call leaves the plan where it is, and the ways to decide elsewhere', async () => {
  const onCall = () => {
    throw new Error('Not allowed');
  };
  const { frame, planId } = await disabling(await someone(), { onCall });
  await frame.getByRole('button', { name: 'Approve' }).click();
  await frame.getByRole('main').getByText('The client did not pass this on').waitFor();
  await frame.getByText('In a terminal:').waitFor();
  expect(await buttonsOf(frame)).not.toContain('Approve');
  expect(await statusOf(planId)).toBe('pending');
});

test('a second card of the same plan decides nothing any more, and shows what became of it', async () => {
  const user = await someone();
  const args = { user: user.id, reason };
  const answer = await client.call('disable_user', args);
  const [first, second] = [await card(args, answer), await card(args, answer)];
  await first.frame.getByRole('button', { name: 'Deny' }).click();
  await first.frame.locator('.tag').getByText('denied', { exact: true }).waitFor();
  await second.frame.getByRole('button', { name: 'Approve' }).click();
  await second.frame.locator('.tag').getByText('denied', { exact: true }).waitFor();
  expect(second.calls).toEqual(['decide_plan', 'get_plan']);
  expect(await isEnabled(user.id)).toBe(true);
});

test('a plan that is stale at the click is not applied, and its successor stands there instead', async () => {
  const user = await someone();
  const { frame, planId } = await disabling(user);
  await client.call('update_user', { user: user.id, set: { displayName: 'Maya Newname' }, reason });
  await frame.getByRole('button', { name: 'Approve' }).click();
  await frame.getByRole('heading', { level: 1, name: 'Disable Maya Newname' }).waitFor();
  await frame.getByRole('main').getByText('What the plan was made from has changed since').waitFor();
  await frame.getByText('In a terminal:').waitFor();
  expect(await buttonsOf(frame)).not.toContain('Approve');
  expect(await statusOf(planId)).toBe('stale');
  expect(await isEnabled(user.id)).toBe(true);
});

test('when the time is over nothing is left to decide', async () => {
  const { frame, tab } = await disabling(await someone());
  await frame.getByRole('button', { name: 'Approve' }).waitFor();
  const soon = Date.now() + 16 * 60_000;
  await frame.evaluate(`Date.now = () => ${soon}`);
  await frame.locator('.tag').getByText('expired', { exact: true }).waitFor();
  expect(await buttonsOf(frame)).toEqual([]);
  expect(tab.frames()).toHaveLength(2);
});

test.each([
  ['HTML', '<h1>Approved</h1><img src=x onerror="document.title=1">', '<h1>Approved</h1><img src=x'],
  ['a script', '</script><script>document.title="owned"</script>', '</script><script>'],
  ['Hebrew', 'שלום עולם (approved)', 'שלום עולם (approved)'],
])('a name that wants to be more than a name is text: %s', async (_, displayName, text) => {
  const user = await someone();
  const renamed = await client.call('update_user', { user: user.id, set: { displayName }, reason });
  expect(renamed.data, renamed.text).toMatchObject({ status: 'completed' });
  const { frame } = await disabling(user);
  expect(await frame.getByRole('heading', { level: 1 }).allTextContents()).toEqual([expect.stringContaining(text)]);
  expect(await frame.locator('h1 bdi, h3 bdi').count()).toBe(2);
  expect(await frame.locator('main :is(img, script, iframe, svg, style)').count()).toBe(0);
  expect(await frame.evaluate('document.title')).toBe('Plan · entra-mcp');
});

describe.each(['light', 'dark'] as const)('in %s', (theme) => {
  test('axe finds nothing serious, before and after the decision, and a narrow chat shows it all', async () => {
    // The browser's own taste is the other one: the host's counts.
    const colorScheme = theme === 'light' ? 'dark' : 'light';
    const viewport = { width: 620, height: 700 };
    const args = { user: (await someone()).id, reason };
    const { frame, tab } = await card(args, shortened(await client.call('disable_user', args)), {
      ...{ theme, colorScheme, viewport },
    });
    await expect.poll(() => frame.getByRole('button', { name: 'Approve' }).isEnabled()).toBe(true);
    const ground = await frame.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(ground).toBe(theme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(25, 29, 35)');
    await lookedAt(frame);
    if (process.env['ENTRA_MCP_SCREENSHOTS'] !== undefined) {
      const path = join(import.meta.dirname, '..', '..', 'docs', 'images', `approval-card-${theme}.png`);
      await tab.locator('iframe').screenshot({ path });
    }
    await tab.setViewportSize({ width: 340, height: 740 });
    expect(await frame.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await frame.getByRole('button', { name: 'Deny' }).click();
    await frame.locator('.tag').getByText('denied', { exact: true }).waitFor();
    await lookedAt(frame);
  });
});

/** With the command as the documents write it, and without the paths of this machine. */
function shortened(answer: CallResult): CallResult {
  const plan = Object(answer.data['plan']);
  const approve = { ...plan.approve, command: `entra-mcp approve ${plan.id}` };
  return { ...answer, data: { ...answer.data, plan: { ...plan, approve, requester: 'os:ann with Claude' } } };
}

async function lookedAt(frame: Frame): Promise<void> {
  const violations = await frame.evaluate(`(async () => { ${axe.source}; return (await axe.run()).violations; })()`);
  const found = z.array(z.object({ id: z.string(), impact: z.string(), help: z.string() })).parse(violations);
  expect(found).toEqual([]);
}

test('the host can change its look while the card stands', async () => {
  const { frame, tab } = await disabling(await someone(), { theme: 'light' });
  await tab.evaluate('window.dress("dark")');
  await expect.poll(() => frame.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(25, 29, 35)');
});
