import { type RawBuilder, sql } from 'kysely';

/**
 * True where a whole string of the JSON in these columns is `text`, whatever its case (in ASCII). Nothing in `text` is a
 * wildcard.
 */
export function holdsString(columns: readonly string[], text: string): RawBuilder<boolean> {
  const all = sql.join(
    columns.map((column) => sql.ref(column)),
    sql` || `,
  );
  const pattern = `%${JSON.stringify(text.toLowerCase()).replace(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`lower(${all}) like ${pattern} escape '\\'`;
}
