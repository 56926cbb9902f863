/** A server that asks one question and then has nothing left to do, but to close. Its arguments: the mirror, the SQL, `close`. */

import { createQueries } from '../../../src/directory/query/queries.ts';
import { selectionOf } from '../../../src/directory/selection.ts';

const [, , file = '', sql = '', last] = process.argv;
const queries = createQueries({ file, selection: selectionOf([]), limits: { timeoutMs: 60_000 } });
const { rows } = await queries.run({ sql, limit: 10 }, new AbortController().signal);
if (last === 'close') await queries.close();
if (rows.length !== 1) process.exitCode = 1;
