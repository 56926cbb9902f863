import { z } from 'zod';

/** Marks that reorder text, line separators and Unicode tags: a name with one does not read as what it is. */
const deceptive = /[\u061C\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069\u{E0000}-\u{E007F}]/u;

/** A string without control characters: no name, UPN or id has one. Joiners stay: Persian names and emoji need them. */
function line(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .refine((text) => !/\p{Cc}|\p{Cs}/u.test(text), 'has a control character')
    .refine((text) => !deceptive.test(text), 'has a character that reorders or hides text');
}

/** Text of several lines, tabs among it: SQL, say. */
export function lines(max: number, min = 1) {
  return z
    .string()
    .min(min)
    .max(max)
    .refine((text) => !/(?![\n\r\t])\p{Cc}|\p{Cs}/u.test(text), 'has a control character')
    .refine((text) => !deceptive.test(text), 'has a character that reorders or hides text');
}

/** A user: object id or userPrincipalName, guests with `#EXT#` too. 113 characters is Entra's longest UPN. */
export const userRef = line(256)
  .refine(
    (text) => !/[/\\?]|^\.+$/.test(text) && text.trim() === text,
    'is neither an object id nor a userPrincipalName',
  )
  .describe('Object id or UPN');

/** A group: object id or exact display name. */
export const groupRef = line(256).describe('Object id or exact name');

/** A license: SKU id or part number. */
export const licenseRef = line(100)
  .regex(/^[A-Za-z0-9_-]+$/, 'is neither a SKU id nor a part number')
  .describe('SKU id or part number, as SPE_E5');

/** Why a change is made, in the agent's words; required where access or data is taken away. */
export const reason = line(500).min(3).describe('For approver and audit');

/** `reason` where a change is easily reversed. */
export const optionalReason = reason.optional();

/** One line of text as a property value: 1 to `max` characters. */
export function text(max: number) {
  return line(max);
}

/** A run, by its id. */
export const runRef = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[\w-]+$/, 'is not the id of a run')
  .describe('Of an earlier answer');

/** Items a page, 1 to 100. */
export const pageSize = z.number().int().min(1).max(100).default(25);

/** The `nextCursor` of an earlier answer to the same question. */
export const cursor = z.string().min(1).max(16_384).optional();

/** A day or a moment, ISO 8601. */
export const moment = z
  .string()
  .refine(
    (value) =>
      /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,7})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(value) &&
      !Number.isNaN(Date.parse(value)),
    'is not a date',
  )
  .describe('ISO 8601');

/** Two letters, ISO 3166; licenses cannot be assigned without it. */
export const usageLocation = z
  .string()
  .refine((value) => /^[A-Za-z]{2}$/.test(value), 'is not a two-letter country code')
  .describe('Two letters; licenses need it');
