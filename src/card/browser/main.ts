import { fixed } from '../../page/browser/elements.ts';
import { timeLeft } from '../../page/browser/moments.ts';
import { expiredOf, isWaiting, type Shown, shownOf, type ToolResult, wordsOf } from './answer.ts';
import { cardView, type Deeds } from './card-view.ts';
import { ask, type Host, type HostContext, keepFitting, listen, tell } from './host.ts';

const card = fixed('card');
let shown: Shown | undefined;
let can: Host['hostCapabilities'] = {};

function show(next: Shown): void {
  shown = next;
  card.replaceChildren(cardView(next, deedsFor(next)));
  tick();
  say(`This plan: ${wordsOf(next)}`);
}

function say(text: string): void {
  fixed('news').textContent = text;
}

/** What is left to a person. Without its nonce, or a host that passes calls on, a card decides nothing. */
function deedsFor({ plan, nonce }: Shown): Deeds {
  if (plan === undefined) return {};
  const { id } = plan;
  const hasTools = can['serverTools'] !== undefined;
  return {
    ...(hasTools ? { look: () => call('get_plan', { planId: id }) } : {}),
    ...(can['openLinks'] === undefined ? {} : { open }),
    ...(hasTools && nonce !== undefined
      ? { decide: (decision) => call('decide_plan', { planId: id, nonce, decision }).then(passOn) }
      : {}),
  };
}

/** Calls a tool of the server through the host, and shows what it answers. */
async function call(name: string, args: { planId: string; nonce?: string; decision?: string }): Promise<void> {
  for (const one of card.querySelectorAll('button')) one.disabled = true;
  say('Waiting for the answer');
  try {
    const answer = await ask<ToolResult>('tools/call', { name, arguments: args });
    const next = shownOf(answer, shown);
    if (next.status !== 'failed') return show(next);
    // An error of a decision need not be the end of the plan: it is looked at.
    const { planId } = args;
    const now = await ask<ToolResult>('tools/call', { name: 'get_plan', arguments: { planId } });
    show({ ...shownOf(now, shown), message: next.message, isGood: false });
  } catch {
    fail('The client did not pass this on: whether it counted is not known here.');
  }
}

async function open(url: string): Promise<void> {
  try {
    const { isError } = await ask<{ isError?: boolean }>('ui/open-link', { url });
    if (isError === true) throw new Error('Not opened');
  } catch {
    fail('The client does not open it: type the address into a browser.');
  }
}

/** What cannot be done here leaves the plan as it is, and the ways to decide elsewhere. */
function fail(message: string): void {
  if (shown === undefined) return;
  const { nonce: _, ...rest } = shown;
  show({ ...rest, message, isGood: false });
  say(message);
}

/** The model learns with the next message what a person decided here: in the server's words, without names. */
async function passOn(): Promise<void> {
  if (can['updateModelContext'] === undefined || shown?.plan === undefined || isWaiting(shown)) return;
  const { plan, status, message } = shown;
  const text = `A person decided on the card of plan ${plan.id}. ${status}: ${message}`;
  await ask('ui/update-model-context', { content: [{ type: 'text', text }] }).catch(() => undefined);
}

function dress({ theme }: HostContext = {}): void {
  if (theme === 'light' || theme === 'dark') document.documentElement.style.colorScheme = theme;
}

/** Counts down; a plan whose time is over is not decided any more. */
function tick(): void {
  if (shown?.plan === undefined || !isWaiting(shown)) return;
  const until = Date.parse(shown.plan.expiresAt);
  if (until <= Date.now()) show(expiredOf(shown));
  else for (const place of card.querySelectorAll('time')) place.textContent = timeLeft(until, Date.now());
}

listen({
  'ui/notifications/tool-result': (result: ToolResult) => show(shownOf(result)),
  'ui/notifications/tool-cancelled': () =>
    show({ status: 'failed', message: 'The call was stopped: a plan may be waiting all the same.', isGood: false }),
  'ui/notifications/host-context-changed': dress,
  'ui/resource-teardown': () => ({}),
  ping: () => ({}),
});
setInterval(tick, 1_000);
const { hostCapabilities, hostContext } = await ask<Host>('ui/initialize', {
  appInfo: { name: 'entra-mcp', version: '1' },
  appCapabilities: {},
  protocolVersion: '2026-01-26',
});
can = hostCapabilities;
dress(hostContext);
tell('ui/notifications/initialized');
keepFitting();
