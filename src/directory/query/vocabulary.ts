import { internalPrefix } from '../tables.ts';

const list = (names: string): readonly string[] => names.trim().split(/\s+/);

/**
 * Functions that SQL may call: those that compute from what they are given. Left out is what makes memory at will
 * (randomblob, zeroblob), reads or writes elsewhere (load_extension, fts3_tokenizer, sqlite_…), or tells of the
 * connection. `printf` and `format` are taken with a format that stands in the SQL: see `formats`.
 */
export const functions: ReadonlySet<string> = new Set([
  ...list('avg count group_concat string_agg max min sum total median percentile percentile_cont percentile_disc'),
  ...list('row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value'),
  ...list(
    'char concat concat_ws format glob hex instr length like lower ltrim octet_length printf quote replace rtrim',
  ),
  ...list('substr substring trim unhex unicode upper'),
  ...list('abs coalesce if ifnull iif likelihood likely max min nullif random round sign typeof unlikely'),
  ...list('date datetime julianday strftime time timediff unixepoch current_date current_time current_timestamp'),
  ...list(
    'acos acosh asin asinh atan atan2 atanh ceil ceiling cos cosh degrees exp floor ln log log10 log2 mod pi pow',
  ),
  ...list('power radians sin sinh sqrt tan tanh trunc'),
  ...list('json json_array json_array_length json_error_position json_extract json_group_array json_group_object'),
  ...list('json_insert json_object json_patch json_pretty json_quote json_remove json_replace json_set json_type'),
  ...list('json_valid json_each json_tree'),
]);

/** Functions that answer rows. They stand where a table does. */
export const tableFunctions: ReadonlySet<string> = new Set(['json_each', 'json_tree']);

/** Functions whose first argument can ask for a text of any length: it has to stand in the SQL, with narrow fields. */
export const formats: ReadonlySet<string> = new Set(['printf', 'format']);

/** Keywords that may stand before a parenthesis, which is then no call. */
export const beforeParenthesis: ReadonlySet<string> = new Set(
  list(`all and as between by case cast distinct else escape except exists filter from glob having in intersect is join
    like limit materialized not offset on or over select then union using values when where with`),
);

/** Words of statements that do something else than read. Bare ones only: in quotes they are names. */
export const statementWords: ReadonlySet<string> = new Set(
  list(`alter analyze attach begin commit create delete detach drop explain insert into pragma reindex release returning
    rollback savepoint update vacuum`),
);

/** Keywords that a misspelled word may have meant. */
export const usualWords: readonly string[] = list(`select from where group order by having limit offset join left inner
  cross on using union all except intersect distinct and or not in is null like between exists case when then else end as
  with recursive over partition asc desc cast values`);

/** What stands in a mirror, or in any database of SQLite, and is not for SQL of agents. */
export const foreign = new RegExp(
  `^(?:sqlite_|${internalPrefix}|pragma_|dbstat|bytecode$|tables_used$|fts|rtree|geopoly|completion$|generate_series$)`,
  'i',
);
