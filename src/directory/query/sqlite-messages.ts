/** A message of SQLite, and what is said instead. `*` stands for what the first group of the pattern found. */
export interface KnownMessage {
  readonly pattern: RegExp;
  readonly message: string;
  readonly fix: string;
}

const known = (pattern: RegExp, message: string, fix: string): KnownMessage => ({ pattern, message, fix });

/** Of SQL that did not run yet. What the groups find are words of the SQL. */
export const preparingMessages: readonly KnownMessage[] = [
  known(
    /^ambiguous column name: (.*)$/s,
    'The column * stands in more than one table.',
    'Write it with its table: alias.column.',
  ),
  known(
    /^wrong number of arguments to function (.*)\(\)/s,
    'The function * has too few or too many arguments.',
    'Look at what it takes in SQLite.',
  ),
  known(
    /^misuse of (?:aliased )?(?:aggregate|window function):? ?(?:function )?(.*?)(?:\(\))?$/s,
    '* cannot stand there.',
    'Put conditions on aggregates into HAVING, and those on window functions into an outer SELECT.',
  ),
  known(
    /GROUP BY/,
    'HAVING or GROUP BY is used as it cannot be.',
    'Group by columns or expressions, not by aggregates.',
  ),
  known(
    /^SELECTs to the left and right of (.*) do not have/s,
    'The SELECTs around * have different numbers of columns.',
    'Select the same columns in both.',
  ),
  known(
    /^sub-select returns \d+ columns/,
    'A subquery in an expression answers more than one column.',
    'Select one column in it.',
  ),
  known(/^row value misused/, 'A list in parentheses stands where one value is wanted.', 'Write one value, or use IN.'),
  known(/^all VALUES must have/, 'The rows of VALUES differ in length.', 'Give each the same number of values.'),
  known(
    /^table (.*) has \d+ values for \d+ columns$/s,
    'The column list of * does not fit its query.',
    'Name as many columns as it selects.',
  ),
  known(
    /^(?:circular reference: |.*recursive.*?: |recursive reference .* )(.*)$/s,
    'The recursive query * is not one that SQLite runs.',
    'Write WITH RECURSIVE name AS (start UNION ALL step), with the name once in the FROM of the step.',
  ),
  known(/^no such window: (.*)$/s, 'There is no window *.', 'Define it: WINDOW name AS (…).'),
  known(/frame/, 'The frame of a window cannot be read.', 'Write ROWS BETWEEN … PRECEDING AND CURRENT ROW.'),
  known(
    /^(\d+)\w\w (?:ORDER|GROUP) BY term/,
    'Term * of ORDER BY or GROUP BY names no column of the result.',
    'Order a UNION by names or numbers of its columns.',
  ),
  known(
    /too many|too large|parser stack/i,
    'The SQL is too large: too many columns, terms or nested parts.',
    'Select less, name parts of it with WITH, or pass lists as one JSON parameter to json_each(?).',
  ),
  known(/^unable to use function (\w+)/, 'The function * cannot be used here.', 'Use LIKE, GLOB or instr().'),
  known(/DISTINCT/, 'DISTINCT cannot stand there.', 'It takes one argument in an aggregate, and no window.'),
];

/** Of SQL that runs. SQLite may quote text of the tenant here, so nothing of it is passed on. */
export const runningMessages: readonly KnownMessage[] = [
  known(
    /malformed JSON/,
    'A value that a JSON function read is no JSON.',
    'Test it first: json_valid(…), or IS NOT NULL.',
  ),
  known(/JSON path|path error/i, 'A JSON path cannot be read.', "Paths look like '$.department.new' and '$[0]'."),
  known(/integer overflow/, 'A sum or a product is too large for an integer.', 'Use total() or CAST(… AS REAL).'),
  known(/LIKE or GLOB/, 'A LIKE or GLOB pattern is too long.', 'Use instr(), or a shorter pattern.'),
  known(/ESCAPE/, 'ESCAPE takes a single character.', "Write LIKE '…' ESCAPE '!'."),
  known(/datatype mismatch/, 'LIMIT and OFFSET take whole numbers.', 'Write a number, or bind one.'),
  known(
    /argument .* (?:ntile|nth_value)|percentile/,
    'An argument of a window or percentile function is out of range.',
    'ntile and nth_value take positive whole numbers.',
  ),
];
