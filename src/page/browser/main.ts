import type { Board, PlanSheet, Way, WayIn } from '../wire.ts';
import { boardView } from './board-view.ts';
import { ask, dropSession, hasSession, keepSession, Refused } from './connection.ts';
import { tellFailure } from './decision-form.ts';
import { element, fixed } from './elements.ts';
import { failureText } from './failure-words.ts';
import { forgetSecrets, isSecretShown } from './handoff-sheet.ts';
import { ServerTime, timeLeft } from './moments.ts';
import { planView } from './plan-view.ts';
import { proofView } from './proof-view.ts';
import { finishSignIn, isBack } from './sign-in.ts';
import { stateWords } from './tags.ts';

const main = fixed('main');
const news = fixed('news');
const time = new ServerTime();
const pollMs = 1_500;
/** A person who does something keeps the session; that is told to the server no more often than this. */
const tellMs = 30_000;

/** What stands on the page, to draw it anew only where it differs. */
let drawn = '';
let lastState = '';
let lastTold = 0;
let looking = 0;
let way: Way = 'pin';
/** What went wrong with a decision that was signed in for: said where the plan is drawn. */
let unsaid = '';

function planId(): string | undefined {
  return /^#([0-9a-f]{32})$/.exec(location.hash)?.[1];
}

function draw(view: HTMLElement, name: string): void {
  const isNew = !drawn.startsWith(`${name} `);
  main.replaceChildren(view);
  tick();
  if (isNew) main.querySelector('h1')?.focus();
}

function showProof(note = ''): void {
  looking += 1;
  forgetSecrets();
  dropSession();
  fixed('leave').hidden = true;
  fixed('tenant').textContent = '';
  document.title = 'Approvals · entra-mcp';
  [drawn, lastState] = ['', ''];
  main.replaceChildren(proofView(way, look, note));
  document.getElementById(way === 'pin' ? 'pin' : 'sign-in')?.focus();
}

/** Draws what the address names, and again whenever it changed. */
async function look(): Promise<void> {
  looking += 1;
  const round = looking;
  fixed('leave').hidden = false;
  while (round === looking) {
    try {
      await lookOnce(() => round === looking);
    } catch (error) {
      if (round !== looking) return;
      if (error instanceof Refused && error.code === 'AUTH_REQUIRED') return showProof('The session has ended.');
      const text = failureText(error, time.now());
      tell(text);
      drawFailure(error instanceof Refused ? 'This cannot be shown' : 'The server is gone', text);
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

async function lookOnce(isWanted: () => boolean): Promise<void> {
  const id = planId();
  const found = id === undefined ? await ask<Board>('/api/plans') : await ask<PlanSheet>(`/api/plans/${id}`);
  if (!isWanted()) return;
  time.learn(found.now);
  if ('waiting' in found) drawBoard(found);
  else drawPlan(found);
}

function drawBoard(board: Board): void {
  const { now: _, ...rest } = board;
  drawTenant(board);
  document.title = `${board.waiting.length} waiting · entra-mcp`;
  changed('board', JSON.stringify(rest), () => boardView(board));
}

function drawPlan(sheet: PlanSheet): void {
  const { now: _, ...rest } = sheet;
  const { id, summary, state } = sheet.entry;
  document.title = `${summary} · entra-mcp`;
  drawTenant(sheet);
  const said = `${id} ${state}`;
  if (lastState.startsWith(id) && lastState !== said) tell(`This plan: ${stateWords(state)}`);
  lastState = said;
  changed(id, JSON.stringify(rest), () => planView(sheet, decided));
  if (unsaid !== '') tellFailure(unsaid);
  unsaid = '';
}

function drawTenant({ tenant }: Board | PlanSheet): void {
  fixed('tenant').textContent = `${tenant.demo ? 'Demo tenant' : 'Tenant'} ${tenant.id}`;
}

function decided(sheet: PlanSheet): void {
  drawn = '';
  time.learn(sheet.now);
  drawPlan(sheet);
}

/** Nothing is drawn under a person's hands: not while a secret stands there, nor while they type what is still asked for. */
function changed(name: string, text: string, view: () => HTMLElement): void {
  const next = `${name} ${text}`;
  if (next === drawn || isSecretShown()) return;
  const typed = [...main.querySelectorAll('input')].map(({ id, value }) => [id, value] as const);
  const focused = drawn.startsWith(`${name} `) ? document.activeElement?.id : undefined;
  draw(view(), name);
  drawn = next;
  if (focused === undefined) return;
  for (const [id, value] of typed) {
    const input = document.getElementById(id);
    if (input instanceof HTMLInputElement) input.value = value;
  }
  if (focused !== '') document.getElementById(focused)?.focus();
}

/** Looked at again all the time: what can be shown by then takes its place. */
function drawFailure(title: string, text: string): void {
  const next = `failure ${title} ${text}`;
  if (isSecretShown() || drawn === next) return;
  drawn = next;
  const heading = element('h1', { attributes: { tabindex: '-1' } }, title);
  const back = element('a', { attributes: { href: '#' } }, 'All plans');
  main.replaceChildren(element('div', {}, element('p', {}, back), heading, element('p', {}, text)));
}

/** Said by screen readers. */
function tell(text: string): void {
  if (news.textContent !== text) news.textContent = text;
}

/** Counts down whatever counts down. */
function tick(): void {
  for (const place of document.querySelectorAll('time[data-until]')) {
    const text = timeLeft(Number(place.getAttribute('data-until')), time.now());
    if (place.textContent !== text) place.textContent = text;
  }
}

/** A person did something here. */
function stay(event: Event): void {
  if (!event.isTrusted || !hasSession() || Date.now() - lastTold < tellMs) return;
  lastTold = Date.now();
  ask('/api/session/active', {}).catch(() => undefined);
}

setInterval(tick, 1_000);
for (const name of ['pointerdown', 'keydown']) document.addEventListener(name, stay, { passive: true });
window.addEventListener('pagehide', forgetSecrets);
window.addEventListener('hashchange', () => {
  if (hasSession()) look();
});
fixed('skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
fixed('leave').addEventListener('click', () => {
  ask('/api/session/end', {}).catch(() => undefined);
  showProof();
});

async function start(): Promise<void> {
  let note = '';
  try {
    ({ way } = await ask<WayIn>('/api/way'));
    const { token } = isBack() ? await finishSignIn() : {};
    if (token !== undefined) keepSession(token);
  } catch (error) {
    note = failureText(error, time.now());
  }
  if (!hasSession()) return showProof(note);
  unsaid = note;
  look();
}

start();
