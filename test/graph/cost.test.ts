import { describe, expect, it } from 'vitest';
import { costOf } from '../../src/graph/cost.ts';
import type { Method } from '../../src/graph/request.ts';

const selects = { selects: true, expands: false, top: undefined };

describe('the published cost', () => {
  it.each<[Method, string, object, number]>([
    ['GET', '/users', {}, 2],
    ['GET', '/users', selects, 1],
    ['GET', '/users/{}', { ...selects, expands: true }, 2],
    ['GET', '/groups/{}/members', {}, 3],
    ['GET', '/groups/{}/members', { ...selects, top: 5 }, 1],
    ['GET', '/groups/{}/members/microsoft.graph.user', selects, 2],
    ['GET', '/groups/{}/transitiveMembers', {}, 5],
    ['GET', '/subscribedSkus', {}, 3],
    ['GET', '/organization', { ...selects, top: 1 }, 1],
    ['POST', '/users/{}/getMemberGroups', {}, 2],
    ['POST', '/users/{}/checkMemberGroups', {}, 4],
    ['POST', '/directoryObjects/getByIds', {}, 5],
  ])('%s %s %o is %d', (method, template, query, units) => {
    const plain = { selects: false, expands: false, top: undefined };
    expect(costOf(method, template, true, { ...plain, ...query })).toEqual({ quota: 'directory', units, writes: 0 });
  });

  it('counts every write as one unit and one write', () => {
    expect(costOf('PATCH', '/users/{}', false)).toEqual({ quota: 'directory', units: 1, writes: 1 });
  });

  it('charges the logs to the quota of reports', () => {
    expect(costOf('GET', '/auditLogs/signIns', true).quota).toBe('reports');
  });
});
