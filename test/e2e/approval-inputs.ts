import fc from 'fast-check';
import type { DemoLandmarks } from '../../src/demo/index.ts';

/** The part of JSON Schema that tools.json uses. */
interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Real names to mix in, by the name of the property that takes them. */
export type RealNames = Readonly<Record<string, readonly string[]>>;

/** Those of a demo tenant, and the ids of people without privilege. */
export function realNames(landmarks: DemoLandmarks, domain: string): { names: RealNames; users: string[] } {
  const { groups, globalAdmins, lookalikes, deletedUser, ...people } = landmarks;
  const everyone = [...Object.values(people), ...globalAdmins, ...lookalikes, deletedUser];
  const plain = [people.ordinary, people.newcomer, people.disabled, ...lookalikes];
  const user = [...plain, ...plain, ...everyone, deletedUser, people.guest].flatMap(({ id, userPrincipalName }) => [
    id,
    userPrincipalName,
  ]);
  const products = ['POWER_BI_STANDARD', 'SPE_E3', 'VISIOCLIENT'];
  const upns = [`new.one@${domain}`, `new.two@${domain}`, people.ordinary.userPrincipalName];
  const group = [groups.security, groups.m365, ...Object.values(groups)].flatMap(({ id, displayName }) => [
    id,
    displayName,
  ]);
  return {
    names: {
      ...{ user, users: user, manager: user, owners: user, add: user, remove: user },
      group,
      ...{ license: products, licenses: products },
      disabledPlans: ['TEAMS1'],
      usageLocation: ['DE', 'FR'],
      userPrincipalName: upns,
      newUserPrincipalName: upns,
      invitedUserEmailAddress: ['new.guest@partner.example'],
      reason: ['left the company', 'joined the team'],
    },
    users: plain.map(({ id }) => id),
  };
}

/** What a hostile or careless caller might write where a name is asked for. */
const oddities = ['', '.', '../me', '%2e%2e', "' or 1 eq 1", 'a/b', '\u0000', '\u202Egnp', '*', 'null', '$batch', '0'];

/** Arguments of one tool: mostly as its schema says and with real names, now and then not. */
export function inputOf(schema: unknown, real: RealNames): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 24, arbitrary: valuesOf(schemaOf(schema), real, '') },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
}

function schemaOf(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? value : {};
}

function valuesOf(schema: Schema, real: RealNames, name: string): fc.Arbitrary<unknown> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((one) => valuesOf(one, real, name)));
  switch (schema.type) {
    case 'object':
      return objectOf(schema, real);
    case 'array':
      return fc.array(valuesOf(schema.items ?? {}, real, name), { minLength: 1, maxLength: 3 });
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return fc.integer({ min: schema.minimum ?? -1, max: schema.maximum ?? 1000 });
    case 'null':
      return fc.constant(null);
    default:
      return textOf(real[name]);
  }
}

function objectOf({ properties = {}, required = [] }: Schema, real: RealNames): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, valuesOf(schema, real, name)]),
  );
  const optional = Object.keys(fields).filter((name) => !required.includes(name));
  // A few of the optional ones: all at once, almost every input would hold one that is refused.
  return fc
    .tuple(fc.subarray(optional, { maxLength: Math.min(2, optional.length) }), fc.record(fields))
    .map(([chosen, all]) =>
      Object.fromEntries(
        Object.entries(all).filter(([name]) => required.includes(name) || name === 'reason' || chosen.includes(name)),
      ),
    );
}

function textOf(names: readonly string[] = []): fc.Arbitrary<string> {
  const plain = fc.constantFrom('Engineer', 'Sales', '2026-03-01', 'DE', 'left the company', 'a@b.example');
  const odd = fc.oneof(fc.constantFrom(...oddities), fc.string({ unit: 'binary', maxLength: 40 }));
  if (names.length === 0) return fc.oneof({ weight: 20, arbitrary: plain }, { weight: 1, arbitrary: odd });
  const known = fc.constantFrom(...names);
  return fc.oneof({ weight: 30, arbitrary: known }, { weight: 1, arbitrary: plain }, { weight: 1, arbitrary: odd });
}
