import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DemoTenant, startDemoTenant } from '../../src/demo/index.ts';
import { answerProblems } from './answer-check.ts';
import { addressesOf, demoRoutes } from './demo-routes.ts';
import { GraphApi, type Operation } from './graph-api.ts';
import { documentsArePresent, needsDocuments } from './graph-documents.ts';
import { requestProblems } from './request-check.ts';

// Every list and object that the demo tenant serves, asked for in every usual way.

const reads = (await demoRoutes()).filter((route) => route.startsWith('GET ') && route !== 'GET /me');
const ofUsers = [
  'manager',
  'directReports',
  'memberOf',
  'transitiveMemberOf',
  'ownedObjects',
  'registeredDevices',
  'sponsors',
];
const ofGroups = ['members', 'owners', 'memberOf'];
const ofAssignments = ['principal', 'roleDefinition'];
/** Where the demo tenant expands, and what: not in lists of what is related to something. */
const expandable: Readonly<Record<string, readonly string[]>> = {
  '/users': ofUsers,
  '/users/{user-id}': ofUsers,
  '/groups': ofGroups,
  '/groups/{group-id}': ofGroups,
  '/directoryRoles': ['members'],
  '/roleManagement/directory/roleAssignments': ofAssignments,
  '/roleManagement/directory/roleAssignmentSchedules': ofAssignments,
  '/roleManagement/directory/roleEligibilitySchedules': ofAssignments,
  '/devices': ['registeredOwners', 'registeredUsers', 'memberOf'],
  '/directory/administrativeUnits': ['members'],
  '/applications': ['owners'],
  '/servicePrincipals': ['owners'],
  '/identityGovernance/entitlementManagement/assignments': ['accessPackage'],
  '/identityGovernance/entitlementManagement/accessPackages': ['catalog'],
};

const eventual = { ConsistencyLevel: 'eventual' };

describe.skipIf(!documentsArePresent)(`answers of the demo tenant to reads${needsDocuments}`, () => {
  let tenant: DemoTenant;
  let api: GraphApi;
  beforeAll(async () => {
    api = new GraphApi();
    tenant = await startDemoTenant({ users: 40 });
    await prepare();
  });
  afterAll(() => tenant.close());

  /** What is not there at first, but can be read: a pass, and a request for an access package. */
  async function prepare() {
    const governance = `${tenant.url}/v1.0/identityGovernance/entitlementManagement`;
    const { value } = JSON.parse(await (await fetch(`${governance}/assignments`)).text());
    const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const removal = { requestType: 'adminRemove', assignment: { id: value[0].id } };
    await fetch(`${governance}/assignmentRequests`, { ...post, body: JSON.stringify(removal) });
    const methods = `${tenant.url}/v1.0/users/${tenant.landmarks.leaver.id}/authentication/temporaryAccessPassMethods`;
    await fetch(methods, { ...post, body: '{}' });
  }

  /** The queries that make sense here: plain, a page, counted, with properties, expanded. */
  function queriesOf(operation: Operation, plainText: string): string[] {
    if (operation.path.endsWith('/$count')) return [''];
    const shown = propertiesIn(plainText).slice(0, 6);
    const queries = [''];
    if (operation.options.has('$select') && shown.length > 0) {
      queries.push(`$select=${shown.join(',')}`, `$select=${shown[0]}`);
      if (operation.path === '/users' || operation.path === '/users/{user-id}')
        queries.push('$select=id,accountEnabled,signInActivity');
    }
    if (operation.options.has('$top')) queries.push('$top=2');
    if (operation.options.has('$count')) queries.push('$count=true&$top=3');
    const expansions = expandable[operation.path] ?? [];
    return [...queries, ...expansions.map((name) => `$expand=${name}`)];
  }

  async function ask(address: string, query: string) {
    const isAdvanced = query.includes('$count') || address.endsWith('/$count');
    const path = `/v1.0${address}${query === '' ? '' : `?${query}`}`;
    const headers: Record<string, string> = isAdvanced ? eventual : {};
    const response = await fetch(`${tenant.url}${path}`, { headers });
    const request = {
      method: 'GET',
      path,
      headers: isAdvanced ? { consistencylevel: 'eventual' } : {},
      body: undefined,
    };
    return { request, answer: { status: response.status, headers: response.headers, text: await response.text() } };
  }

  test.each(reads)('%s', async (route) => {
    const problems: string[] = [];
    let asked = 0;
    for (const address of await addressesOf(route, tenant)) {
      const operation = api.find('GET', address.slice(1).split('/').map(decodeURIComponent));
      if (typeof operation === 'string') {
        // Casts that Graph does not have are not asked for.
        if (!address.includes('/microsoft.graph.')) problems.push(`${address}: ${operation}`);
        continue;
      }
      const plain = await ask(address, '');
      for (const query of queriesOf(operation, plain.answer.text)) {
        const { request, answer } = query === '' ? plain : await ask(address, query);
        const select = optionOf(query, '$select');
        const found = [
          ...requestProblems(api, request),
          ...answerProblems(api, { root: tenant.url, operation, select, expand: optionOf(query, '$expand') }, answer),
        ];
        problems.push(...found.map((problem) => `${request.path}: ${problem}`));
        asked += 1;
      }
    }
    expect(problems).toEqual([]);
    expect(asked).toBeGreaterThan(0);
  });
});

function optionOf(query: string, name: string): string[] | undefined {
  return new URLSearchParams(query).get(name)?.split(',');
}

/** Names of the properties of the first object. */
function propertiesIn(text: string): string[] {
  const body = JSON.parse(text);
  const [first = {}] = Array.isArray(body.value) ? body.value : [body];
  return typeof first === 'object' ? Object.keys(first).filter((name) => !name.includes('@')) : [];
}
