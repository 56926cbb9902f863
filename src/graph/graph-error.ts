import type { LicenseProblem } from '../contract/index.ts';
import type { GraphResponse } from './request.ts';

/** Graph's error object. [learn.microsoft.com/graph/errors] */
export interface GraphError {
  readonly code: string;
  /** Graph's own words: matched in this file where there is no code, shown to nobody. */
  readonly message: string;
  readonly details: readonly GraphErrorDetail[];
}

interface GraphErrorDetail {
  readonly code: string;
  /** The property it speaks of. */
  readonly target: string | undefined;
}

/** The error object of an answer; undefined where it has none, as when a proxy answered in Graph's place. */
export function graphErrorOf(response: GraphResponse): GraphError | undefined {
  const error = field(response.body, 'error');
  const code = field(error, 'code');
  if (typeof code !== 'string') return undefined;
  const message = field(error, 'message');
  const details = field(error, 'details');
  return {
    code,
    message: typeof message === 'string' ? message : '',
    details: Array.isArray(details) ? details.flatMap(detailOf) : [],
  };
}

function detailOf(value: unknown): GraphErrorDetail[] {
  const code = field(value, 'code');
  const target = field(value, 'target');
  return typeof code === 'string' ? [{ code, target: typeof target === 'string' ? target : undefined }] : [];
}

/** A property of something that came as JSON. */
export function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Reflect.get(value, name);
}

/** Graph knows no such object: not a mailbox that is missing, and not a gateway's 404. */
export function saysGone(response: GraphResponse): boolean {
  if (response.status !== 404) return false;
  const code = graphErrorOf(response)?.code;
  return code !== undefined && /^(?:request_resourcenotfound|resourcenotfound|itemnotfound|notfound)$/i.test(code);
}

/** Another object has one of the values. Older answers say so in words alone. */
export function saysTaken({ code, message, details }: GraphError): boolean {
  if (details.some((detail) => detail.code === 'ObjectConflict')) return true;
  return (
    code === 'Request_BadRequest' && /^(?:Another object with the same value|A conflicting object with)/i.test(message)
  );
}

/** A property of an object that is synced from AD. Graph has no code of its own for it. [learn.microsoft.com/entra/identity/hybrid/user-source-of-authority-overview] */
export function saysSynced({ code, message }: GraphError): boolean {
  return code === 'Request_BadRequest' && /on-premises mastered Directory Sync objects/i.test(message);
}

/** The reference is there already. Graph has no code of its own for it. [learn.microsoft.com/graph/api/group-post-members] */
export function saysReferenceExists(response: GraphResponse): boolean {
  const error = response.status === 400 ? graphErrorOf(response) : undefined;
  return (
    error?.code === 'Request_BadRequest' && /^One or more added object references already exist/i.test(error.message)
  );
}

/** The reference is gone already: 404, or in some answers a 400 without a code of its own. */
export function saysReferenceGone(response: GraphResponse): boolean {
  if (saysGone(response)) return true;
  const error = response.status === 400 ? graphErrorOf(response) : undefined;
  return (
    error?.code === 'Request_BadRequest' && /^One or more removed object references do not exist/i.test(error.message)
  );
}

const licenseWords: readonly (readonly [LicenseProblem, RegExp])[] = [
  ['usageLocation', /invalid usage location/i],
  ['seats', /does not have any available licenses/i],
  ['inherited', /license is inherited from a group/i],
  ['plans', /service plans? .*(?:mutually exclusive|(?:conflicts with|depends on) (?:the )?service plan)/i],
  ['notHeld', /does not have a corresponding license/i],
];

/** Why a license cannot be given or taken. Graph has no codes of its own for it. [learn.microsoft.com/graph/api/user-assignlicense] */
export function licenseProblemOf({ code, message }: GraphError): LicenseProblem | undefined {
  if (code !== 'Request_BadRequest') return undefined;
  return licenseWords.find(([, words]) => words.test(message))?.[0];
}
