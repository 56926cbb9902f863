import { changedPage, initialPage } from '../delta/pages.ts';
import { type Round, roundOf } from '../delta/round.ts';
import { groupResource } from '../groups/group-resource.ts';
import { contextOf } from '../listing.ts';
import type { Resource } from '../odata/resource.ts';
import { userResource } from '../people/user-resource.ts';
import type { Answer } from '../request.ts';
import type { Call, Routes } from '../router.ts';

/** One page of a delta query, and the way on: a next link within the round, a delta link at its end (GRAPH.md C). */
function delta(call: Call, collection: Round['collection'], resource: Resource): Answer {
  const { tenant, request } = call;
  const minimal = /\breturn=minimal\b/i.test(request.headers['prefer'] ?? '');
  const round = roundOf(call, collection, resource, tenant.settled());
  const page =
    round.mode === 'initial' ? initialPage(tenant, round, resource) : changedPage(tenant, round, resource, minimal);
  const { afterMember: _, ...rest } = round;
  const token = tenant.deltaTokens.close(page.next === undefined ? rest : { ...rest, ...page.next });
  const address = `${request.root}/v1.0/${collection}/delta`;
  const way =
    page.next === undefined
      ? { '@odata.deltaLink': `${address}?$deltatoken=${token}` }
      : { '@odata.nextLink': `${address}?$skiptoken=${token}` };
  return {
    status: 200,
    headers: minimal ? { 'preference-applied': 'return=minimal' } : {},
    body: { '@odata.context': contextOf(call, collection, round.select), ...way, value: page.value },
  };
}

export const deltaRoutes: Routes = {
  'GET /users/delta': (call) => delta(call, 'users', userResource),
  'GET /groups/delta': (call) => delta(call, 'groups', groupResource),
};
