import { z } from 'zod';
import { isObject } from '../change.ts';
import { badRequest, invalidValue } from '../errors.ts';
import { canonicalProperty, type PropertyType } from '../odata/resource.ts';
import type { Person } from '../people/person.ts';
import { sharePointProperties, userResource, writableProperties } from '../people/user-resource.ts';
import type { Tenant } from '../tenant.ts';

const text = z.string().min(1);
const byType: Readonly<Record<PropertyType, z.ZodType>> = {
  string: text.nullable(),
  boolean: z.boolean(),
  dateTime: z.iso.datetime({ offset: true }).nullable(),
  guid: z.guid(),
  number: z.number(),
  strings: z.array(text),
  guids: z.array(z.guid()),
  complex: z.record(z.string(), z.unknown()).nullable(),
  complexes: z.array(z.record(z.string(), z.unknown())),
};

/** Where a property takes less than its type allows. */
const byName: Readonly<Record<string, z.ZodType>> = {
  ageGroup: z.enum(['Minor', 'NotAdult', 'Adult']).nullable(),
  businessPhones: z.array(text.max(64)).max(1),
  consentProvidedForMinor: z.enum(['Granted', 'Denied', 'NotRequired']).nullable(),
  department: text.max(64).nullable(),
  displayName: text.max(256).nullable(),
  employeeId: text.max(16).nullable(),
  employeeOrgData: z.strictObject({ costCenter: text.nullish(), division: text.nullish() }).nullable(),
  givenName: text.max(64).nullable(),
  jobTitle: text.max(128).nullable(),
  mail: text
    .regex(/^[^\s@]+@[^\s@]+$/)
    .max(256)
    .nullable(),
  mailNickname: text.max(64).regex(/^[^\s@()\\[\]";:<>,]+$/),
  mobilePhone: text.max(64).nullable(),
  otherMails: z.array(text.regex(/^[^\s@]+@[^\s@]+$/).max(250)),
  passwordProfile: z.strictObject({
    password: z.string().optional(),
    forceChangePasswordNextSignIn: z.boolean().optional(),
    forceChangePasswordNextSignInWithMfa: z.boolean().optional(),
  }),
  surname: text.max(64).nullable(),
  usageLocation: z
    .string()
    .regex(/^[A-Za-z]{2}$/)
    .nullable(),
  userType: z.enum(['Member', 'Guest']).nullable(),
};

/**
 * The values of a user's POST or PATCH, under the names that Graph uses. Throws Request_BadRequest for a property that does not exist,
 * cannot be written, or has a value it does not take.
 */
export function checkValues(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(body)) {
    if (key === '@odata.type') continue;
    if (key.endsWith('@odata.bind')) throw badRequest(`The annotation '${key}' is not supported on this resource.`);
    const name = canonicalProperty(userResource, key);
    if (name === undefined)
      throw badRequest(
        `One or more properties are invalid: the property '${key}' does not exist on type 'microsoft.graph.user'.`,
      );
    if (sharePointProperties.includes(name)) continue;
    if (!writableProperties.includes(name)) throw badRequest(`Property '${name}' is read-only and cannot be set.`);
    const schema = byName[name] ?? byType[userResource.properties[name] ?? 'string'];
    if (!schema.safeParse(value).success) throw invalidValue(name, 'User');
    values[name] = value;
  }
  return values;
}

/** Checks a user principal name and gives back its domain: characters, verified domain, nobody else's. */
export function checkAddress(tenant: Tenant, userPrincipalName: string, self: Person | undefined): string {
  const [, , domain = ''] = /^([A-Za-z0-9'._!#^~-]{1,64})@([^@]+)$/.exec(userPrincipalName) ?? [];
  if (domain === '') throw invalidValue('userPrincipalName', 'User');
  const verified = Object.values(tenant.domains).find((known) => known === domain.toLowerCase());
  if (verified === undefined) {
    throw badRequest(
      'The domain portion of the userPrincipalName property is invalid. You must use one of the verified domain names in your organization.',
      [{ code: 'InvalidValue', target: 'userPrincipalName' }],
    );
  }
  const other = tenant.people.holderOfName(userPrincipalName);
  if (other !== undefined && other.id !== self?.id) {
    throw badRequest('Another object with the same value for property userPrincipalName already exists.', [
      {
        code: 'ObjectConflict',
        target: 'userPrincipalName',
        message: 'Another object with the same value for property userPrincipalName already exists.',
      },
    ]);
  }
  return verified;
}

/** Eight characters or more from three of the four classes, as the directory asks. `needed`: there must be one. */
export function checkPassword(profile: unknown, needed: boolean): void {
  const password = isObject(profile) ? profile['password'] : undefined;
  if (!needed && isObject(profile) && password === undefined) return;
  if (typeof password !== 'string') {
    throw badRequest("A value is required for property 'passwordProfile' of resource 'User'.", [
      { code: 'MissingValue', target: 'passwordProfile' },
    ]);
  }
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/].filter((pattern) => pattern.test(password)).length;
  if (password.length < 8 || password.length > 256 || classes < 3) {
    throw badRequest(
      'The specified password does not comply with password complexity requirements. Please provide a different password.',
      [{ code: 'InvalidPassword', target: 'passwordProfile' }],
    );
  }
}
