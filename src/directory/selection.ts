import { nearest, ToolError, userProperties } from '../contract/index.ts';
import { type Column, type Selection, signInField, usualUserColumns } from './columns.ts';

const always = new Set(['id', ...usualUserColumns.map(({ name }) => name)]);

/** Properties that ENTRA_MCP_DIRECTORY_FIELDS may add. */
export const optionalFields: readonly string[] = [
  ...Object.keys(userProperties).filter((name) => !always.has(name)),
  signInField,
];

/**
 * The selection of the settings.
 * @throws ToolError CONFIG_INVALID for a name that cannot be mirrored.
 */
export function selectionOf(fields: readonly string[] = []): Selection {
  const added = [...new Set(fields)].filter((name) => !always.has(name)).toSorted();
  for (const name of added) if (!optionalFields.includes(name)) throw notMirrorable(name);
  const columns = added
    .filter((name) => name !== signInField)
    .map((name): Column => ({ name, type: /^(?:businessPhones|otherMails)$/.test(name) ? 'json' : 'text' }));
  return { columns: [...usualUserColumns, ...columns], fields: added, signIns: added.includes(signInField) };
}

/** Properties that the settings do not name. A mirror that was brought to other ones still holds them until the next sync. */
export function notSelected({ fields }: Selection): readonly string[] {
  return optionalFields.filter((name) => !fields.includes(name));
}

function notMirrorable(name: string): ToolError {
  const near = nearest(name, optionalFields);
  return new ToolError('CONFIG_INVALID', {
    message: `ENTRA_MCP_DIRECTORY_FIELDS names ${JSON.stringify(name)}, which cannot be mirrored${near === undefined ? '' : ` (did you mean ${near}?)`}.`,
    fix: `Choose from: ${optionalFields.join(', ')}.`,
  });
}
