import { z } from 'zod';
import { moment, text } from './inputs.ts';
import type { PropertyChange } from './plan.ts';

/** Plain properties of a person that create_user and update_user set. Lengths: [learn.microsoft.com/graph/api/resources/user] */
export const profile = {
  givenName: text(64),
  surname: text(64),
  jobTitle: text(128),
  department: text(64),
  companyName: text(64),
  officeLocation: text(128),
  employeeId: text(16),
  employeeType: text(64),
  employeeHireDate: moment,
  mobilePhone: text(64),
} as const;

/** The mail alias: the characters of a userPrincipalName before the `@`. */
export const mailNickname = text(64).refine(
  (value) => /^[A-Za-z0-9'._!#^~-]+$/.test(value),
  'has a character that Entra does not allow',
);

/** A value of a user property that can be written. */
export type ProfileValue = string | readonly string[] | null;

/** The value as Graph takes it: moments in full, countries in capitals. */
export function written(property: string, value: ProfileValue): ProfileValue {
  if (typeof value !== 'string') return value;
  if (property.endsWith('Date') || property.endsWith('DateTime')) return new Date(value).toISOString();
  return property === 'usageLocation' ? value.toUpperCase() : value;
}

/** One line of before → after. */
export function changeOf(property: string, before: ProfileValue, after: ProfileValue): PropertyChange {
  return { property, before: shown(before), after: shown(after) };
}

function shown(value: ProfileValue): string | null {
  if (value === null || typeof value === 'string') return value;
  return value.length === 0 ? null : value.join(', ');
}

const value = z.union([z.string(), z.array(z.string()), z.null()]);

/** A property as Graph answered it; unset is null. */
export function profileValue(of: unknown): ProfileValue {
  return value.parse(of ?? null);
}

/** True where two values mean the same: lists without regard to order, moments by the instant, empty lists as unset. */
export function sameValue(a: ProfileValue, b: ProfileValue): boolean {
  if (a === null || b === null) return (a ?? []).length === 0 && (b ?? []).length === 0;
  if (typeof a === 'string' && typeof b === 'string') return a === b || sameInstant(a, b);
  return [a].flat().toSorted().join('\n') === [b].flat().toSorted().join('\n');
}

function sameInstant(a: string, b: string): boolean {
  return [a, b].every((text) => /^\d{4}-\d{2}-\d{2}T/.test(text)) && Date.parse(a) === Date.parse(b);
}
