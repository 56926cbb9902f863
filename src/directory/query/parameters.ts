import type { DirectoryQuery, SqlValue } from '../../contract/index.ts';
import { quoted, refused } from './refusal.ts';

/** Values as the child binds them: by place, or by the parameter's name with its sign. */
export type Bindings = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;

const mostParameters = 200;
/** Characters of one value: a JSON list of 500 ids. */
const longestText = 20_000;

/**
 * Holds the values against the parameters of the SQL.
 * @throws ToolError INPUT_INVALID where one is missing, or left over.
 */
export function bindingsOf(parameters: readonly string[], params: DirectoryQuery['params']): Bindings {
  const byPlace = parameters.filter((parameter) => parameter.startsWith('?'));
  if (byPlace.length > 0 && byPlace.length < parameters.length) {
    throw refused('The SQL mixes ? with named parameters.', 'Use one kind: ? with a list, or :name with an object.');
  }
  const given = params ?? [];
  checkValues(Object.values(given));
  if (isList(given)) return listOf(parameters, byPlace, given);
  return namedOf(parameters, byPlace, given);
}

function isList(params: Bindings): params is readonly SqlValue[] {
  return Array.isArray(params);
}

function listOf(parameters: readonly string[], byPlace: readonly string[], given: readonly SqlValue[]): Bindings {
  if (parameters.length > 0 && byPlace.length === 0) {
    const [first = ''] = parameters;
    if (given.length === 0) throw refused(`The parameter ${quoted(first)} has no value.`, 'Pass params as an object.');
    throw refused(
      `${quoted(first)} is a named parameter, and params is a list.`,
      'Pass params as an object, or write ?.',
    );
  }
  const places = placesOf(byPlace);
  if (places !== given.length) {
    throw refused(
      `The SQL takes ${places} parameters, and params holds ${given.length} values.`,
      'Pass one value for each ?, in their order.',
    );
  }
  return given;
}

/** A bare `?` comes after the highest place so far, as in SQLite. */
function placesOf(byPlace: readonly string[]): number {
  let highest = 0;
  for (const parameter of byPlace) {
    const place = parameter === '?' ? highest + 1 : Number(parameter.slice(1));
    if (place < 1 || place > mostParameters) {
      throw refused(`The parameter ${quoted(parameter)} is out of range.`, `Use ?1 to ?${mostParameters}.`);
    }
    highest = Math.max(highest, place);
  }
  return highest;
}

function namedOf(
  parameters: readonly string[],
  byPlace: readonly string[],
  given: Readonly<Record<string, SqlValue>>,
): Bindings {
  if (byPlace.length > 0) throw refused('The SQL uses ?, and params is an object.', 'Pass a list, or write :name.');
  const names = new Set(parameters.map((parameter) => parameter.slice(1)));
  // A key may carry the sign or not.
  const values = new Map(Object.entries(given).map(([key, value]) => [key.replace(/^[:@$]/, ''), value]));
  for (const name of values.keys()) {
    if (!names.has(name))
      throw refused(`params holds ${quoted(name)}, which is not in the SQL.`, `Write :${name} there, or leave it out.`);
  }
  const bindings = new Map<string, SqlValue>();
  for (const parameter of parameters) {
    const value = values.get(parameter.slice(1));
    if (value === undefined) throw refused(`The parameter ${quoted(parameter)} has no value.`, 'Add it to params.');
    bindings.set(parameter, value);
  }
  if (bindings.size > mostParameters)
    throw refused(`More than ${mostParameters} parameters.`, 'Pass a JSON list to json_each(?).');
  return Object.fromEntries(bindings);
}

function checkValues(values: readonly SqlValue[]): void {
  for (const value of values) {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw refused('A value of params is not a finite number.', 'Pass numbers, texts, booleans and null.');
    }
    if (typeof value === 'string' && (value.length > longestText || value.includes('\0') || !value.isWellFormed())) {
      throw refused(
        'A text in params is too long, or holds a character that SQL cannot.',
        'At most 20,000 characters.',
      );
    }
  }
}
