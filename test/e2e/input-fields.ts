/** The parts of JSON Schema that tools are served with. */
export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
}

/** One place in a tool's arguments that takes a value. */
export interface Field {
  /** Steps from the arguments to it; `0` stands for the first item of a list. */
  readonly path: readonly string[];
  readonly name: string;
  readonly types: readonly string[];
  /** Where only these values are taken, in a list of them too. */
  readonly choices: readonly string[];
}

/** Every field of an object schema, those inside objects and lists too. */
export function fieldsOf(schema: Schema, above: readonly string[] = []): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => field(inner, [...above, name], name));
}

function field(schema: Schema, path: readonly string[], name: string): Field[] {
  const forms = schema.anyOf ?? [schema];
  const types = forms.flatMap(({ type }) => type ?? []);
  const choices = [...forms, schema.items ?? {}].flatMap((form) => form.enum ?? []).map(String);
  const own = { path, name, types, choices };
  const items = schema.items === undefined ? [] : field(schema.items, [...path, '0'], name);
  return [own, ...fieldsOf(schema, path), ...items];
}

/** True for a field of free text. */
export function isText({ field: { types, choices } }: { readonly field: Field }): boolean {
  return types.includes('string') && choices.length === 0;
}

/** A copy of the arguments with another value at one place. */
export function withField(base: Record<string, unknown>, [step = '', ...rest]: readonly string[], value: unknown) {
  return { ...base, [step]: rest.length === 0 ? value : inside(base[step], rest, value) };
}

function inside(base: unknown, path: readonly string[], value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === '0') return [rest.length === 0 ? value : inside(undefined, rest, value)];
  return withField(typeof base === 'object' && base !== null ? { ...base } : {}, path, value);
}
