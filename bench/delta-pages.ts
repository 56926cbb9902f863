/**
 * A Graph of delta pages that were made beforehand: `node delta-pages.ts USERS`. Prints its root once they are. The first
 * round has everybody, and later ones nothing, until a PUT to /changes: then 1 % of users have another department, until a DELETE.
 */
import { createServer } from 'node:http';
import { startDemoTenant } from '../src/demo/index.ts';
import { groupColumns } from '../src/directory/columns.ts';
import { selectionOf } from '../src/directory/selection.ts';

type Item = Record<string, unknown>;
interface Page {
  readonly '@odata.nextLink'?: string;
  readonly value: readonly Item[];
}
interface Rounds {
  readonly first: Buffer[];
  readonly second: Buffer[];
}

const pageSize = 200;
let hasChanges = false;
const users = Number(process.argv[2]);
const server = createServer((request, response) => {
  const url = new URL(request.url ?? '', root);
  if (url.pathname === '/changes') hasChanges = request.method === 'PUT';
  const body = bodyOf(url);
  response.setHeader('content-type', 'application/json');
  response.end(body);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = server.address();
const root = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;

const names = {
  users: ['id', ...selectionOf().columns.map(({ name }) => name), 'manager'],
  groups: ['id', ...groupColumns.map(({ name }) => name), 'members'],
};
const demo = await startDemoTenant({ users, budget: false });
const changed: Item[] = [];
const rounds: Record<'users' | 'groups', Rounds> = {
  users: { first: await recorded('users'), second: [] },
  groups: { first: await recorded('groups'), second: [] },
};
const skus = await (await fetch(`${demo.url}/v1.0/subscribedSkus`)).text();
await demo.close();
for (let at = 0; at < changed.length; at += pageSize) {
  const isLast = at + pageSize >= changed.length;
  const next = isLast ? linkTo('users', '$deltatoken', '3.0') : linkTo('users', '$skiptoken', `2.${at / pageSize + 1}`);
  const page = { [isLast ? '@odata.deltaLink' : '@odata.nextLink']: next, value: changed.slice(at, at + pageSize) };
  rounds.users.second.push(Buffer.from(JSON.stringify(page)));
}
process.stdout.write(`${root}\n`);

/** The pages of a first round, with links that lead here. */
async function recorded(collection: 'users' | 'groups'): Promise<Buffer[]> {
  const pages: Buffer[] = [];
  let url = `${demo.url}/v1.0/${collection}/delta?$select=${names[collection].join(',')}`;
  for (;;) {
    const { '@odata.nextLink': next, value }: Page = JSON.parse(await (await fetch(url)).text());
    if (collection === 'users') {
      const every = value.filter((_, index) => index % 100 === 50);
      changed.push(...every.map((item) => ({ ...item, department: `${item['department']} 2` })));
    }
    const link =
      next === undefined
        ? { '@odata.deltaLink': linkTo(collection, '$deltatoken', '2.0') }
        : { '@odata.nextLink': linkTo(collection, '$skiptoken', `1.${pages.length + 1}`) };
    pages.push(
      Buffer.from(JSON.stringify({ '@odata.context': `${root}/v1.0/$metadata#${collection}`, ...link, value })),
    );
    if (next === undefined) return pages;
    url = next;
  }
}

function linkTo(collection: string, kind: string, token: string): string {
  return `${root}/v1.0/${collection}/delta?${kind}=${token}`;
}

function bodyOf(url: URL): Buffer | string {
  const collection = url.pathname.endsWith('/users/delta')
    ? 'users'
    : url.pathname.endsWith('/groups/delta')
      ? 'groups'
      : undefined;
  if (collection === undefined) return url.pathname.endsWith('/subscribedSkus') ? skus : JSON.stringify({ value: [] });
  const token = url.searchParams.get('$skiptoken') ?? url.searchParams.get('$deltatoken') ?? '1.0';
  const [round, page] = token.split('.').map(Number);
  const { first, second } = rounds[collection];
  const found = (round === 1 ? first : round === 2 && hasChanges ? second : [])[page ?? 0];
  const next = hasChanges ? '3.0' : '2.0';
  return found ?? JSON.stringify({ '@odata.deltaLink': linkTo(collection, '$deltatoken', next), value: [] });
}
