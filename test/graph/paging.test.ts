import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { odata, path, searchClause } from '../../src/contract/index.ts';
import { json, refuse } from './loopback.ts';
import { ann, failureOf } from './setting.ts';
import { stage } from './stage.ts';

const user = z.object({ id: z.string(), displayName: z.string().nullable(), '@odata.type': z.string().optional() });
const annAsSent = { id: ann, displayName: 'Ann', '@odata.context': 'x', mail: 'not asked for' };
const on = stage();

describe('a query', () => {
  it('is encoded, and has its headers on every page', async () => {
    await on.serve((_, response, count) =>
      json(response, 200, {
        value: [annAsSent],
        ...(count === 1 ? { '@odata.nextLink': `${on.graph.url}/v1.0/users?$skiptoken=a%2Bb`, '@odata.count': 7 } : {}),
      }),
    );
    const pages = [];
    const query = {
      filter: odata`displayName eq ${"O'Neil & Söhne #1"}`,
      search: searchClause('displayName', 'R&D'),
      orderby: 'displayName desc',
      top: 2,
      advanced: true,
    };
    for await (const page of on.setting.reader.pages(path`/users`, user, query)) pages.push(page);
    expect(pages).toEqual([
      { items: [{ id: ann, displayName: 'Ann' }], next: `${on.graph.url}/v1.0/users?$skiptoken=a%2Bb`, total: 7 },
      { items: [{ id: ann, displayName: 'Ann' }] },
    ]);
    const sent = new URL(on.graph.seen[0]?.url ?? '', on.graph.url).searchParams;
    expect(Object.fromEntries(sent)).toEqual({
      $select: 'id,displayName',
      $filter: "displayName eq 'O''Neil & Söhne #1'",
      $search: '"displayName:R&D"',
      $orderby: 'displayName desc',
      $top: '2',
      $count: 'true',
    });
    expect(on.graph.seen[1]?.url).toBe('/v1.0/users?$skiptoken=a%2Bb');
    for (const { headers } of on.graph.seen) {
      expect(headers).toMatchObject({ consistencylevel: 'eventual', prefer: 'legacySearch=false' });
    }
  });

  it('has no ConsistencyLevel where none is needed', async () => {
    await on.serve((_, response) => json(response, 200, { value: [] }));
    expect(await on.setting.reader.page(path`/users`, user, { top: 5 })).toEqual({ items: [] });
    expect(on.graph.seen[0]?.headers['consistencylevel']).toBeUndefined();
  });

  it('refuses a filter that odata did not make', async () => {
    await on.serve((_, response) => json(response, 200, { value: [] }));
    const filter = { text: "displayName eq 'x' or true" };
    await expect(on.setting.reader.page(path`/users`, user, { filter })).rejects.toThrow(TypeError);
    expect(on.graph.seen).toEqual([]);
  });
});

describe('pages', () => {
  it('go on past an empty one', async () => {
    await on.serve((_, response, count) =>
      json(response, 200, {
        value: count === 2 ? [annAsSent] : [],
        ...(count < 3 ? { '@odata.nextLink': `${on.graph.url}/v1.0/users?$skiptoken=${count}` } : {}),
      }),
    );
    const counts = [];
    for await (const { items } of on.setting.reader.pages(path`/users`, user)) counts.push(items.length);
    expect(counts).toEqual([0, 1, 0]);
  });

  it.each([
    ['another host', 'https://graph.example.com/v1.0/users?$skiptoken=1'],
    ['another version', '{root}/beta/users?$skiptoken=1'],
    ['a path that climbs out', '{root}/v1.0/../beta/users'],
    ['credentials in the URL', 'http://a:b@{host}/v1.0/users'],
    ['no URL', 'users?$skiptoken=1'],
  ])('never follow a link to %s', async (_, link) => {
    await on.serve((_, response) => {
      const to = link.replace('{root}', on.graph.url).replace('{host}', new URL(on.graph.url).host);
      json(response, 200, { value: [], '@odata.nextLink': to });
    });
    expect(await failureOf(on.setting.reader.page(path`/users`, user))).toMatchObject({ code: 'UPSTREAM' });
    const given = link.replace('{root}', on.graph.url).replace('{host}', new URL(on.graph.url).host);
    expect(await failureOf(on.setting.reader.page(path`/users`, user, {}, given))).toMatchObject({ code: 'UPSTREAM' });
    expect(on.graph.seen).toHaveLength(1);
  });

  it('end when a page names itself as the next', async () => {
    const link = () => `${on.graph.url}/v1.0/users?$skiptoken=same`;
    await on.serve((_, response) => json(response, 200, { value: [], '@odata.nextLink': link() }));
    const all = async () => {
      for await (const _ of on.setting.reader.pages(path`/users`, user));
    };
    expect(await failureOf(all())).toMatchObject({ code: 'UPSTREAM' });
  });

  it('use a next link of an answer that was not repeated', async () => {
    // Page 2 is lost on the way and asked again: its token is bad, as Graph's own documentation says it may be.
    await on.serve((seen, response, count) => {
      const next = (token: string) => ({ '@odata.nextLink': `${on.graph.url}/v1.0/users?$skiptoken=${token}` });
      if (!seen.url.includes('skiptoken')) json(response, 200, { value: [], ...next('t1') });
      else if (count === 2) seen.socket.destroy();
      else if (seen.url.endsWith('t1')) json(response, 200, { value: [], ...next(count === 3 ? 'bad' : 't2') });
      else if (seen.url.endsWith('t2')) json(response, 200, { value: [annAsSent] });
      else refuse(response, 400, 'DirectoryPageTokenNotFoundException');
    });
    const counts = [];
    for await (const { items } of on.setting.reader.pages(path`/users`, user)) counts.push(items.length);
    expect(counts).toEqual([0, 0, 1]);
  });
});

describe('a next link that repeats the query', () => {
  const query = { filter: odata`accountEnabled eq ${true}`, top: 3 };

  it.each([
    ['with the same parameters', (first: string) => `${first}&$skiptoken=a%2Bb`, '&$skiptoken=a%2Bb'],
    [
      'in another order and encoding',
      (first: string) => first.replace('?', '?$skiptoken=x&').replaceAll('%20', '+'),
      '&$skiptoken=x',
    ],
  ])('%s is handed out without it, and leads to the same page', async (_how, link, short) => {
    const asked: string[] = [];
    await on.serve((request, response) => {
      asked.push(request.url ?? '');
      const more = asked.length === 1 ? { '@odata.nextLink': on.graph.url + link(request.url ?? '') } : {};
      json(response, 200, { value: [], ...more });
    });
    const first = await on.setting.reader.page(path`/users`, user, query);
    expect(first.next).toBe(short);
    await on.setting.reader.page(path`/users`, user, query, first.next);
    expect(new URLSearchParams(asked[1]?.split('?')[1]).get('$filter')).toBe('accountEnabled eq true');
    expect(new URLSearchParams(asked[1]?.split('?')[1]).get('$skiptoken')).toBe(
      short === '&$skiptoken=x' ? 'x' : 'a+b',
    );
  });
});
