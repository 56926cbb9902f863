import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ToolError } from '../../contract/index.ts';

/** Where changes are to go, as `--to` names it. `name` and `identity` are those of the sink. */
export type Target = { readonly name: string; readonly identity: string } & (
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'webhook'; readonly url: string }
  | { readonly kind: 'scim'; readonly app: string }
);

/**
 * Reads a target: a path or a `file:` URL, an `https:` URL (or `http:` on loopback), `scim:<app>`.
 * @throws ToolError CONFIG_INVALID, which never repeats the text: it may hold a secret.
 */
export function targetOf(text: string): Target {
  // One letter and a colon is a drive of Windows.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return fileTarget(text);
  if (scheme === 'scim') return scimTarget(text.slice('scim:'.length));
  if (!URL.canParse(text)) throw refused('A target of --to is not a good URL.');
  const url = new URL(text);
  if (scheme === 'file') return fileTarget(pathOf(url));
  if (scheme === 'https' || scheme === 'http') return webhookTarget(url);
  throw refused('A target of --to has a scheme that is not known.');
}

function fileTarget(text: string): Target {
  if (text === '' || text.includes('\0') || /[/\\]$/.test(text)) throw refused('A target of --to names no file.');
  const path = resolve(text);
  const name = pathToFileURL(path).href;
  return { kind: 'file', name, identity: name, path };
}

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw refused('A file: URL of --to names no file of this machine.');
  }
}

function webhookTarget(url: URL): Target {
  if (url.username !== '' || url.password !== '') throw refused('A URL of --to carries a user name or a password.');
  if (url.hash !== '') throw refused('A URL of --to carries a fragment.');
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw refused('A URL of --to is http: changes of a directory are only sent over https, or to this machine.');
  }
  // A query often holds a key. Its hash tells targets apart, and stands in the mirror alone.
  const bare = url.origin + url.pathname;
  const digest = createHash('sha256').update(url.search).digest('hex');
  return url.search === ''
    ? { kind: 'webhook', name: bare, identity: bare, url: url.href }
    : { kind: 'webhook', name: `${bare}?…`, identity: `${bare}?${digest}`, url: url.href };
}

function scimTarget(app: string): Target {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(app)) throw refused('A scim: target of --to names no connected app.');
  const name = `scim:${app}`;
  return { kind: 'scim', name, identity: name, app };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function refused(message: string): ToolError {
  return new ToolError('CONFIG_INVALID', {
    message,
    fix: 'Give a path such as ./changes.ndjson, or an https URL without user name and password; docs/sync.md has them all.',
  });
}
