import type { Mirror } from './mirror.ts';

/** SQL that must not run, or not run to its end. */
export interface Hostile {
  readonly name: string;
  readonly sql: string;
  /** `refused` before it runs; `stopped` while it does, by a limit of SQLite, of memory or of time. */
  readonly by: 'refused' | 'stopped';
  /** Where nobody looks at the SQL first, it may answer: with nothing that is not the mirror's. */
  readonly isHarmless?: boolean;
}

const refused = (sql: string, name = sql): Hostile => ({ name, sql, by: 'refused' });
const stopped = (sql: string, name = sql): Hostile => ({ name, sql, by: 'stopped' });
const harmless = (sql: string, name = sql): Hostile => ({ name, sql, by: 'refused', isHarmless: true });

const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)';
const quotings = (name: string) => [name, `"${name}"`, `\`${name}\``, `[${name}]`, `'${name}'`, name.toUpperCase()];

/** @param mirror whose files the statements go for. */
export function hostileStatements({ folder, state }: Pick<Mirror, 'folder' | 'state'>): readonly Hostile[] {
  return [
    ...writing(folder),
    ...reachingOut(folder, state),
    ...quotings('sqlite_master').map((table) => refused(`SELECT sql FROM ${table}`)),
    ...quotings('sqlite_schema').map((table) => refused(`SELECT name FROM ${table} WHERE type = 'table'`)),
    ...quotings('internal_mirror').map((table) => refused(`SELECT link FROM ${table}`)),
    ...hiding(),
    ...calling(),
    ...appending(),
    ...confusing(),
    ...swelling(),
    ...endlessly(),
  ];
}

function writing(folder: string): readonly Hostile[] {
  return [
    refused("INSERT INTO users (id, object) VALUES ('x', '{}')"),
    refused("UPDATE users SET displayName = 'x'"),
    refused('DELETE FROM users'),
    refused("REPLACE INTO users (id, object) VALUES ('u1', '{}')"),
    refused('WITH x AS (SELECT 1) DELETE FROM users'),
    refused("WITH x AS (SELECT 1) UPDATE users SET displayName = 'x'"),
    refused("WITH x AS (SELECT 1) INSERT INTO groups (id, object) SELECT 'x', '{}'"),
    refused("WITH x AS (SELECT 1) REPLACE INTO groups (id, object) VALUES ('x', '{}')"),
    refused('DELETE FROM users RETURNING id'),
    refused('SELECT * FROM (DELETE FROM users RETURNING *)'),
    refused('DROP TABLE users'),
    refused('CREATE TABLE x (a)'),
    refused('CREATE TEMP TABLE x AS SELECT * FROM users'),
    refused('CREATE VIEW x AS SELECT 1'),
    refused('CREATE TRIGGER t AFTER INSERT ON users BEGIN DELETE FROM users; END'),
    refused('CREATE VIRTUAL TABLE x USING fts5(a)'),
    refused('ALTER TABLE users RENAME TO others'),
    refused('REINDEX'),
    refused('ANALYZE'),
    refused('VACUUM'),
    refused(`VACUUM INTO '${folder}/copy.db'`, 'VACUUM INTO a file'),
    refused(`VACUUM main INTO '${folder}/copy.db'`, 'VACUUM main INTO a file'),
    refused('BEGIN'),
    refused('BEGIN EXCLUSIVE'),
    refused('COMMIT'),
    refused('ROLLBACK'),
    refused('SAVEPOINT s'),
    refused('RELEASE s'),
    refused('SELECT * INTO copied FROM users'),
  ];
}

function reachingOut(folder: string, state: string): readonly Hostile[] {
  return [
    refused(`ATTACH '${state}' AS state`, 'ATTACH of the state file'),
    refused(`ATTACH DATABASE 'file:${state}?mode=rwc' AS state`, 'ATTACH of the state file by URI'),
    refused(`ATTACH '${folder}/new.db' AS n`, 'ATTACH of a new file'),
    refused("ATTACH ':memory:' AS m"),
    refused('DETACH main'),
    refused('PRAGMA table_info(users)'),
    refused('PRAGMA query_only = OFF'),
    refused('PRAGMA writable_schema = ON'),
    refused('PRAGMA journal_mode = DELETE'),
    refused('PRAGMA wal_checkpoint(TRUNCATE)'),
    refused("SELECT * FROM pragma_table_info('internal_mirror')"),
    refused('SELECT file FROM pragma_database_list'),
    refused('SELECT * FROM pragma_database_list()'),
    refused('SELECT * FROM "pragma_database_list"'),
    refused("SELECT * FROM [pragma_journal_mode]('delete')"),
    refused('SELECT * FROM pragma_wal_checkpoint'),
    refused('SELECT 1 WHERE 1 IN pragma_database_list'),
    refused('SELECT * FROM dbstat'),
    refused('SELECT sum(pgsize) FROM "dbstat" WHERE name = \'internal_mirror\''),
    refused('SELECT * FROM sqlite_dbpage'),
    refused("SELECT * FROM bytecode('SELECT 1')"),
    refused("SELECT * FROM tables_used('SELECT 1')"),
    refused("SELECT * FROM fts3tokenize('simple', 'a b')"),
    refused('EXPLAIN SELECT * FROM users'),
    refused('EXPLAIN QUERY PLAN SELECT * FROM users'),
    refused("SELECT load_extension('/tmp/evil.so')"),
    refused("SELECT \"load_extension\"('/tmp/evil.so', 'init')"),
    refused("SELECT load_extension /* */ ('/tmp/evil.so')"),
    refused("SELECT writefile('/tmp/x', 'x')"),
    refused("SELECT readfile('/etc/passwd')"),
    refused("SELECT edit('x', 'vi')"),
    refused("SELECT fts3_tokenizer('simple')"),
    refused('SELECT fts5_source_id()'),
    refused("SELECT sqlite_log(1, 'x')"),
    refused('SELECT sqlite_version()'),
    refused('SELECT sqlite_compileoption_get(1)'),
  ];
}

/** Ways to name what is not to be named. */
function hiding(): readonly Hostile[] {
  return [
    refused('SELECT sql FROM/**/sqlite_master'),
    refused('SELECT sql FROM sqlite/* */_master'),
    refused('SELECT sql FROM -- users\nsqlite_master'),
    refused('SELECT sql FROM main.sqlite_master'),
    refused('SELECT sql FROM "main"."sqlite_master"'),
    refused("SELECT sql FROM 'main'.'sqlite_master'"),
    refused('SELECT sql FROM temp.sqlite_temp_master'),
    refused('SELECT usersLink FROM main.internal_mirror'),
    refused("SELECT usersLink FROM main.'internal_mirror'"),
    refused('SELECT usersLink FROM users, internal_mirror'),
    refused("SELECT usersLink FROM users u, 'internal_mirror'"),
    refused("SELECT usersLink FROM (users u JOIN 'internal_mirror' r ON 1)"),
    refused("SELECT usersLink FROM ((('internal_mirror')))"),
    refused("SELECT 1 FROM users WHERE 'users' IN 'internal_sinks'"),
    refused('SELECT (SELECT group_concat(usersLink) FROM internal_mirror) FROM users'),
    refused('SELECT count(*) FROM internal_mirror'),
    refused('SELECT EXISTS (SELECT 1 FROM internal_mirror)'),
    refused('WITH a AS (WITH b AS (SELECT usersLink FROM internal_mirror) SELECT * FROM b) SELECT * FROM a'),
    refused('WITH internal_mirror AS (SELECT * FROM internal_mirror) SELECT * FROM internal_mirror'),
    refused(
      'WITH a AS (WITH internal_mirror AS (SELECT 1 AS usersLink) SELECT 1) SELECT usersLink FROM internal_mirror, a',
    ),
    refused('WITH users AS (SELECT usersLink FROM internal_mirror) SELECT * FROM users'),
    refused('SELECT displayName FROM users UNION ALL SELECT usersLink FROM internal_mirror'),
    refused("SELECT displayName FROM users UNION ALL SELECT usersLink FROM 'internal_mirror' ORDER BY 1"),
    refused("SELECT 1 FROM users window, 'internal_mirror'"),
    refused('SELECT internal_mirror.usersLink FROM users'),
    refused('SELECT * FROM users INDEXED BY internal_parked_by_other'),
    harmless('SELECT main.users.id FROM users'),
    harmless('SELECT id FROM main.users'),
    harmless('SELECT id FROM "main".users'),
    harmless("SELECT id FROM 'users'"),
  ];
}

function calling(): readonly Hostile[] {
  return [
    refused("WITH load_extension(x) AS (SELECT 1) SELECT load_extension('/tmp/evil.so') FROM load_extension"),
    refused("SELECT 1, load_extension('/tmp/evil.so') AS materialized FROM users"),
    refused('SELECT changes()'),
    refused('SELECT total_changes(), last_insert_rowid()'),
    refused('SELECT matchinfo(users) FROM users'),
    refused("SELECT jsonb('{}')"),
    refused("SELECT rtreecheck('users')"),
    refused("SELECT geopoly_json('x')"),
    refused('SELECT unknown_function(1)'),
    harmless("SELECT * FROM users('x')"),
    refused('SELECT value FROM generate_series(1, 10)'),
  ];
}

/** Text behind the statement, and out of the parentheses that stand around it. */
function appending(): readonly Hostile[] {
  return [
    refused('SELECT 1; DROP TABLE users'),
    refused('SELECT 1; SELECT 2'),
    refused('SELECT 1;;'),
    refused('SELECT 1; -- x\n DELETE FROM users'),
    refused('SELECT 1 /* ; */ ; DELETE FROM users'),
    refused("SELECT ';' ; DELETE FROM users"),
    refused('SELECT 1);'),
    refused('SELECT 1) ; DELETE FROM users; SELECT * FROM (SELECT 1'),
    refused('SELECT 1) ; --'),
    refused('SELECT 1) UNION SELECT * FROM (SELECT sql FROM sqlite_master'),
    refused('SELECT 1) LIMIT 1000000 --'),
    refused('SELECT 1) a, (SELECT usersLink FROM internal_mirror'),
    refused('SELECT 1 /* not closed'),
    refused("SELECT 'not closed"),
    refused('SELECT 1; \0 DROP TABLE users', 'a NUL behind the statement'),
    refused('SELECT 1\0; DROP TABLE users', 'a NUL within'),
  ];
}

function confusing(): readonly Hostile[] {
  return [
    refused(''),
    refused('   -- nothing\n'),
    refused(';'),
    refused('\uFEFFDROP TABLE users', 'a byte order mark that SQLite reads as a space'),
    refused('SELECT 1;\uFEFFDELETE FROM users', 'a byte order mark behind the statement'),
    refused('SELECT\u00a01', 'a space that does not break'),
    refused('ＤＥＬＥＴＥ FROM users', 'wide letters'),
    refused('SELECT sql FROM sqlite\u200b_master', 'a space of no width in a name'),
    refused('SELECT sql FROM ѕqlite_master', 'a Cyrillic letter in a name'),
    refused('SELECT \ud800 FROM users', 'half a character'),
    refused('SELECT $a(SELECT usersLink FROM internal_mirror)'),
    harmless('SELECT $a::b(x) FROM users'),
    harmless('SELECT #a FROM users'),
    refused('SELECT 1a FROM users'),
    refused("SELECT x'0' FROM users"),
    refused(`SELECT ${'1 + '.repeat(8000)} 1`, 'SQL of 32,000 characters'),
    harmless(`SELECT ${'('.repeat(300)}1${')'.repeat(300)}`, '300 parentheses'),
    refused(`SELECT ${'(SELECT '.repeat(800)}1${')'.repeat(800)}`, '800 nested queries'),
    stopped(`SELECT ${Array.from({ length: 3000 }, () => '1').join(', ')}`, '3,000 columns'),
    stopped(`SELECT ${'1 + '.repeat(4000)} 1`, 'an expression 4,000 deep'),
    stopped(Array.from({ length: 900 }, () => 'SELECT 1').join(' UNION ALL '), '900 compound selects'),
  ];
}

/** Memory and long values. */
function swelling(): readonly Hostile[] {
  return [
    refused('SELECT randomblob(500000000)'),
    refused('SELECT zeroblob(900000000)'),
    refused('SELECT hex(zeroblob(400000000))'),
    refused("SELECT printf('%500000000d', 1)"),
    refused("SELECT format('%*d', 500000000, 1)"),
    refused("SELECT printf('%.500000000f', 1.0)"),
    refused("SELECT printf('%' || '500000000' || 'd', 1)"),
    refused("SELECT length(format((SELECT '%500000000d'), 1))"),
    stopped(`${endless} SELECT group_concat(hex(i) || 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx') FROM n`),
    stopped(`${endless} SELECT json_group_array(i) FROM n`),
    stopped("WITH RECURSIVE d(t) AS (SELECT 'xxxxxxxxxx' UNION ALL SELECT t || t FROM d) SELECT max(length(t)) FROM d"),
    stopped(
      "WITH RECURSIVE d(t) AS (SELECT 'aaaaaaaa' UNION ALL SELECT replace(t, 'a', 'aaaaaaaa') FROM d) SELECT max(length(t)) FROM d",
    ),
    stopped("WITH RECURSIVE d(t) AS (SELECT 'ab' UNION ALL SELECT hex(t) FROM d) SELECT max(length(t)) FROM d"),
    stopped(`${endless} SELECT i FROM n ORDER BY -i`),
    stopped('WITH RECURSIVE n(i) AS (SELECT 1 UNION SELECT i + 1 FROM n) SELECT count(*) FROM n'),
    stopped(`${endless} SELECT count(DISTINCT i || 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx') FROM n`),
    stopped(`${endless} SELECT row_number() OVER (ORDER BY -i) FROM n`),
  ];
}

function endlessly(): readonly Hostile[] {
  const many = Array.from({ length: 16 }, (_, at) => `users u${at}`).join(', ');
  return [
    stopped(`${endless} SELECT count(*) FROM n`),
    stopped(`${endless} SELECT i FROM n WHERE i < 0`),
    stopped(
      `SELECT count(*) FROM ${many}, ${many.replaceAll('u', 'v').replaceAll('vsers', 'users')}`,
      'a join of 32 tables',
    ),
    stopped(
      `SELECT max(a.i * b.i) FROM (${endless} SELECT i FROM n LIMIT 100000) a, (${endless} SELECT i FROM n LIMIT 100000) b`,
    ),
    stopped(`${endless} SELECT i FROM n WHERE hex(i) LIKE '%x%y%z'`),
    stopped(`${endless} SELECT i FROM n LIMIT 1 OFFSET 9000000000000000`),
  ];
}
