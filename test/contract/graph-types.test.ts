import type { Group, User } from '@microsoft/microsoft-graph-types';
import { describe, expectTypeOf, test } from 'vitest';
import type { z } from 'zod';
import type { groupProperties, userProperties, userRow } from '../../src/contract/index.ts';

// What is read of users and groups, held against Microsoft's own types. tsc judges it (npm run check): at run time nothing is left of it.

/** Without null and undefined at any depth: Graph's types allow both everywhere. */
type Solid<T> = T extends readonly (infer Item)[]
  ? Solid<NonNullable<Item>>[]
  : T extends object
    ? { [Key in keyof T]-?: Solid<NonNullable<T[Key]>> }
    : T;

type Shape = Readonly<Record<string, z.ZodType>>;
type Fits<A, B> = [A] extends [B] ? true : false;

/** Names of ours that are none of theirs. */
type Unknown<Ours extends Shape, Theirs> = Exclude<keyof Ours, keyof Theirs>;

/** Names whose values Graph could not have sent. */
type TooWide<Ours extends Shape, Theirs> = {
  [Key in keyof Ours & keyof Theirs]: Fits<NonNullable<z.output<Ours[Key]>>, NonNullable<Theirs[Key]>> extends true
    ? never
    : Key;
}[keyof Ours & keyof Theirs];

/** Names whose values Graph may send and the schema refuses. */
type TooNarrow<Ours extends Shape, Theirs> = {
  [Key in keyof Ours & keyof Theirs]: Fits<Solid<NonNullable<Theirs[Key]>>, z.input<Ours[Key]>> extends true
    ? never
    : Key;
}[keyof Ours & keyof Theirs];

/** Names that are null in some answers, where the schema refuses null. The two that every answer of a user has are not among them. */
type NotNullable<Ours extends Shape, Theirs> = {
  [Key in keyof Ours & keyof Theirs]: null extends Theirs[Key]
    ? null extends z.input<Ours[Key]>
      ? never
      : Key
    : never;
}[keyof Ours & keyof Theirs];

type Loose<T> = { [Key in keyof T]?: T[Key] | null | undefined };

describe('types of @microsoft/microsoft-graph-types', () => {
  test('users', () => {
    expectTypeOf<Unknown<typeof userProperties, User>>().toBeNever();
    expectTypeOf<TooWide<typeof userProperties, User>>().toBeNever();
    expectTypeOf<TooNarrow<typeof userProperties, User>>().toBeNever();
    expectTypeOf<NotNullable<typeof userProperties, User>>().toEqualTypeOf<'userPrincipalName'>();
    expectTypeOf<z.output<typeof userRow>>().toExtend<Loose<User>>();
  });

  test('groups', () => {
    expectTypeOf<Unknown<typeof groupProperties, Group>>().toBeNever();
    expectTypeOf<TooWide<typeof groupProperties, Group>>().toBeNever();
    expectTypeOf<TooNarrow<typeof groupProperties, Group>>().toBeNever();
    expectTypeOf<NotNullable<typeof groupProperties, Group>>().toBeNever();
  });

  test('what does not fit is seen', () => {
    expectTypeOf<Unknown<{ upn: z.ZodString }, User>>().toEqualTypeOf<'upn'>();
    expectTypeOf<TooWide<{ accountEnabled: z.ZodString }, User>>().toEqualTypeOf<'accountEnabled'>();
    expectTypeOf<TooNarrow<{ userType: z.ZodLiteral<'Member'> }, User>>().toEqualTypeOf<'userType'>();
    expectTypeOf<TooNarrow<{ groupTypes: z.ZodString }, Group>>().toEqualTypeOf<'groupTypes'>();
    expectTypeOf<NotNullable<{ displayName: z.ZodString }, Group>>().toEqualTypeOf<'displayName'>();
    expectTypeOf<{ id: number }>().not.toExtend<Loose<User>>();
  });
});
