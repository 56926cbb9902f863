import type { SignInBegun, SignInEnded } from '../wire.ts';
import { ask } from './connection.ts';

const pendingName = 'entra-mcp-sign-in';
const backRoot = '/back/';

/** Goes to Entra. What finishes the sign-in stays in this tab: elsewhere it comes to nothing. @throws Refused */
export async function leaveToSignIn(path: string, body: object): Promise<void> {
  const { url, handle } = await ask<SignInBegun>(path, body);
  sessionStorage.setItem(pendingName, JSON.stringify({ handle, place: location.hash }));
  location.assign(url);
}

/** True where this page was opened by the way back from Entra. */
export function isBack(): boolean {
  return location.pathname.startsWith(backRoot);
}

/** Finishes the sign-in that this tab began, and goes to where it began. @throws Refused */
export async function finishSignIn(): Promise<SignInEnded> {
  const code = location.pathname.slice(backRoot.length);
  const { handle = '', place = '' } = JSON.parse(sessionStorage.getItem(pendingName) ?? '{}');
  sessionStorage.removeItem(pendingName);
  history.replaceState(null, '', `/${place}`);
  return ask<SignInEnded>('/api/sign-in/end', { handle, code });
}
