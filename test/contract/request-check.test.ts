import { describe, expect, test } from 'vitest';
import { GraphApi } from './graph-api.ts';
import { documentsArePresent, needsDocuments } from './graph-documents.ts';
import { requestProblems, type SentRequest } from './request-check.ts';

// What judges all requests of a run is itself judged here: it passes what Microsoft's pages show, and sees what is wrong.

const id = '87d349ed-44d7-43e1-9a83-5f2406dee5bd';
const eventual = { consistencylevel: 'eventual' };
const json = { 'content-type': 'application/json' };
const account = {
  accountEnabled: true,
  displayName: 'Adele Vance',
  mailNickname: 'AdeleV',
  userPrincipalName: 'AdeleV@contoso.com',
  passwordProfile: { forceChangePasswordNextSignIn: true, password: 'xWwvJ]6NMw+bWH-d' },
};
const { mailNickname: _, ...unnamed } = account;

const get = (path: string, headers = {}): SentRequest => ({ method: 'GET', path, headers, body: undefined });
const send = (method: string, path: string, body?: unknown): SentRequest => ({
  method,
  path,
  headers: body === undefined ? {} : json,
  body,
});
const batchOf = (...requests: object[]) => send('POST', '/v1.0/$batch', { requests });
const link = { '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${id}` };

describe.skipIf(!documentsArePresent)(`requests held against openapi.json${needsDocuments}`, () => {
  const api = documentsArePresent ? new GraphApi() : undefined;
  const problems = (request: SentRequest) => (api === undefined ? [] : requestProblems(api, request));

  test.each([
    get('/v1.0/users?$select=id,displayName&$top=999'),
    get("/v1.0/users('%24odd@contoso.com')?$expand=manager($select=id,displayName)"),
    get(`/v1.0/users/${id}/memberOf/microsoft.graph.group?$select=id,groupTypes`),
    get(`/v1.0/users/${id}/memberOf?$select=id,membershipRule,userType`),
    get('/v1.0/users?$filter=endsWith(mail,%27a@contoso.com%27)&$orderby=userPrincipalName&$count=true', eventual),
    get("/v1.0/users?$filter=department%20eq%20'O''Brien'%20and%20not(startsWith(city,'A'))&$count=true", eventual),
    get('/v1.0/users?$filter=assignedLicenses/any(x:x/skuId%20eq%20c7df2760-2c81-4ef7-b578-5b5392b571df)'),
    get('/v1.0/users?$search=%22displayName:wa%22', eventual),
    get('/v1.0/users?$select=id&$skiptoken=opaque'),
    send('POST', '/v1.0/users', account),
    send('PATCH', `/v1.0/users/${id}`, { accountEnabled: false }),
    send('POST', `/v1.0/users/${id}/assignLicense`, { addLicenses: [], removeLicenses: [id] }),
    send('POST', `/v1.0/groups/${id}/members/$ref`, link),
    send('DELETE', `/v1.0/groups/${id}/members/${id}/$ref`),
    send('POST', `/v1.0/directory/deletedItems/${id}/restore`),
    batchOf({ id: '1', method: 'GET', url: '/users/$count', headers: { ConsistencyLevel: 'eventual' } }),
  ])('$method $path is valid', (request) => {
    expect(problems(request)).toEqual([]);
  });

  test.each([
    [get('/beta/users'), 'only v1.0'],
    [get('/v1.0/people'), 'no such path'],
    [get(`/v1.0/users/${id}/getMemberGroups`), 'does not take GET'],
    [send('DELETE', `/v1.0/groups/${id}/members/${id}`), 'no such path'],
    [get('/v1.0/users?$skip=5'), '$skip is not an option'],
    [get('/v1.0/users?select=id'), 'select is not an option'],
    [get('/v1.0/users?$top=1000'), '1 to 999'],
    [get('/v1.0/users?$select=id&$select=mail'), 'twice'],
    [get('/v1.0/users?$select=upn'), 'no property upn'],
    [get('/v1.0/users?$select=manager'), 'expanded'],
    [get('/v1.0/users?$expand=mail'), 'nothing to expand'],
    [get('/v1.0/users?$orderby=displayName down'), 'not encoded'],
    [get('/v1.0/users?$orderby=displayName%20down'), 'no direction'],
    [get('/v1.0/users/a b'), 'not encoded'],
    [get('/v1.0/users?$search=%22displayName:wa%22'), 'needs ConsistencyLevel'],
    [get('/v1.0/users?$count=true'), 'needs ConsistencyLevel'],
    [get("/v1.0/users?$filter=endsWith(mail,'x')"), 'advanced'],
    [get("/v1.0/users?$filter=mail%20ne%20'x'"), 'advanced'],
    [get("/v1.0/users?$filter=companyName%20eq%20'x'"), 'advanced'],
    [get('/v1.0/users?$filter=department%20eq%20null'), 'advanced'],
    [get("/v1.0/users?$filter=mail%20eq%20'x'&$orderby=displayName"), 'advanced'],
    [get("/v1.0/users?$filter=aboutMe%20eq%20'x'"), 'cannot be filtered'],
    [get("/v1.0/users?$filter=contains(mail,'x')"), 'no contains'],
    [get("/v1.0/users?$filter=mail%20eq%20'x'%20or"), 'cannot be read'],
    [get("/v1.0/users?$filter=mail%20eq%20'x'x'"), 'cannot be read'],
    [send('POST', '/v1.0/users', unnamed), 'mailNickname is needed'],
    [send('POST', '/v1.0/users', { ...account, upn: 'x' }), 'upn'],
    [send('POST', '/v1.0/users'), 'body is needed'],
    [send('PATCH', `/v1.0/users/${id}`, { proxyAddresses: [] }), 'cannot be written'],
    [send('PATCH', `/v1.0/users/${id}`, { accountEnabled: 'no' }), 'boolean'],
    [{ ...send('PATCH', `/v1.0/users/${id}`, { city: 'X' }), headers: {} }, 'content type'],
    [send('POST', `/v1.0/users/${id}/revokeSignInSessions`, {}), 'no body'],
    [send('POST', `/v1.0/users/${id}/assignLicense`, { add: [] }), 'add'],
    [send('POST', `/v1.0/groups/${id}/members/$ref`, { id }), '@odata.id'],
    [batchOf({ id: '1', method: 'GET', url: '/users/$count' }, { id: '2', method: 'GET', url: '/people' }), '/people'],
    [batchOf({ id: '1', method: 'PATCH', url: `/users/${id}`, body: { city: 'X' } }), 'headers'],
    [batchOf(...Array.from({ length: 21 }, (_, i) => ({ id: `${i}`, method: 'GET', url: '/users' }))), '20 items'],
  ])('%j: %s', (request, problem) => {
    expect(problems(request).join('; ')).toContain(problem);
  });
});
