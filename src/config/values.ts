import { homedir } from 'node:os';
import { z } from 'zod';

/**
 * The kinds of value a setting can have: each takes the text of an environment variable and gives what the program uses.
 * Their messages never repeat the text, because a secret pasted into the wrong setting must not come back out.
 */

export const guid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'is not a GUID');

/** A GUID; `false` is the same as nothing. */
export const guidOrFalse = z
  .string()
  .refine((text) => text.toLowerCase() !== 'true', 'is true, where the client id of an app registration is expected')
  .refine((text) => /^(true|false)$/i.test(text) || guid.safeParse(text).success, 'is not a GUID')
  .transform((text) => (text.toLowerCase() === 'false' ? undefined : text.toLowerCase()));

const manyTenants = new Set(['common', 'organizations', 'consumers']);

/** A tenant id or a verified domain. `common` and the like are no tenant: state, plans and tokens belong to one. */
export const tenant = z
  .string()
  .refine((text) => !manyTenants.has(text.toLowerCase()), 'names a sign-in audience, not a tenant')
  .refine(
    (text) => manyTenants.has(text.toLowerCase()) || guid.safeParse(text).success || isDomain(text),
    'is neither a GUID nor a domain',
  );

function isDomain(text: string): boolean {
  return text.length <= 253 && /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$/i.test(text);
}

const truths: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  '1': true,
  false: false,
  no: false,
  '0': false,
};

export const flag = z.string().transform((text, context) => {
  const value = truths[text.toLowerCase()];
  if (value !== undefined) return value;
  context.addIssue({ code: 'custom', message: 'is neither true nor false' });
  return z.NEVER;
});

/** One of `choices`, in any case. */
export function choice<const C extends string>(choices: readonly C[]) {
  return z.string().transform((text, context): C => {
    const found = choices.find((each) => each.toLowerCase() === text.toLowerCase());
    if (found !== undefined) return found;
    context.addIssue({ code: 'custom', message: 'is none of its values' });
    return z.NEVER;
  });
}

/** Names separated by commas; blanks around them and repeats are dropped. */
export const list = z.string().transform((text): readonly string[] => {
  const names = text.split(',').map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ''))];
});

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration such as `15m` or `24h`, in milliseconds. */
export function duration(leastMs: number, mostMs: number) {
  return z.string().transform((text, context) => {
    const [, count, unit] = /^(\d{1,9})\s*([smhd])$/i.exec(text) ?? [];
    const ms = Number(count) * (unitMs[unit?.toLowerCase() ?? ''] ?? Number.NaN);
    if (ms >= leastMs && ms <= mostMs) return ms;
    context.addIssue({ code: 'custom', message: Number.isNaN(ms) ? 'is not a duration' : 'is out of range' });
    return z.NEVER;
  });
}

export const port = z
  .string()
  .regex(/^\d{1,5}$/, 'is not a port number')
  .transform(Number)
  .refine((number) => number <= 65_535, 'is not a port number');

/** A file or folder; `~/` is the home folder. Relative ones were resolved by where the value was found. */
export const filePath = z
  .string()
  .refine((text) => !text.includes('\0'), 'is not a path')
  .transform((text) => (/^~[/\\]/.test(text) ? homedir() + text.slice(1) : text));

/** True for this machine's own addresses only, where plain http stays on the machine. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** Origin and path without a trailing slash; https, or http on loopback; nothing else in it. */
export const webUrl = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const fault = url === undefined ? 'is not a URL' : urlFault(url, text);
  if (url === undefined || fault !== undefined) {
    context.addIssue({ code: 'custom', message: fault ?? 'is not a URL' });
    return z.NEVER;
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
});

/** A web hook: its query may carry a key, so it stays whole, and it is a secret. */
export const hookUrl = z.string().refine((text) => {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}, 'is neither an https URL nor an http URL on loopback');

/** The root of Graph. A trailing `/v1.0` is dropped: the paths carry the version. */
export const graphRoot = webUrl
  .refine((url) => !/\/beta$/i.test(url), 'names the beta endpoint, which is not used here')
  .transform((url) => url.replace(/\/v1\.0$/i, ''));

/** A login host such as `https://login.microsoftonline.us`; the scheme may be left out. Gives the host, with its port. */
export const loginHost = z.string().transform((text, context) => {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  const fault =
    url === undefined || url.protocol !== 'https:'
      ? 'is not an https address'
      : (urlFault(url, whole) ?? pathFault(url));
  if (url === undefined || fault !== undefined) {
    context.addIssue({ code: 'custom', message: fault ?? 'is not an https address' });
    return z.NEVER;
  }
  return url.host;
});

function urlFault(url: URL, text: string): string | undefined {
  if (url.username !== '' || url.password !== '') return 'carries a user name or password';
  if (/[?#]/.test(text)) return 'carries a query or a fragment';
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))) return undefined;
  return 'is neither an https URL nor an http URL on loopback';
}

function pathFault(url: URL): string | undefined {
  return url.pathname === '/' ? undefined : 'carries a path: the tenant belongs in AZURE_TENANT_ID';
}

export const postgresUrl = z
  .string()
  .refine((text) => /^postgres(ql)?:\/\/./i.test(text) && URL.canParse(text), 'is not a postgres:// URL');

/** 32 bytes in base64 or base64url: the public half of an X25519 key. */
export const publicKey = z
  .string()
  .refine((text) => /^[A-Za-z0-9+/_-]{43}=?$/.test(text), 'is not an X25519 public key in base64');

/** A secret shared with whoever checks what is signed with it. */
export const signingSecret = z.string().refine((text) => text.length >= 32, 'is too short');
