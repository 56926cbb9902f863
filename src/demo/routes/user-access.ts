import { appRoleAssignmentResource, permissionGrantResource } from '../apps.ts';
import { authenticationMethods } from '../authentication-methods.ts';
import { Row } from '../directory-object.ts';
import { contextOf, list } from '../listing.ts';
import { operatorTable, propertyTable, type Resource } from '../odata/resource.ts';
import { inOrder } from '../reading.ts';
import type { Routes } from '../router.ts';
import { userOf } from './users.ts';

const licenseDetailsResource: Resource = {
  ...appRoleAssignmentResource,
  name: 'LicenseDetails',
  type: 'microsoft.graph.licenseDetails',
  properties: propertyTable({ string: 'skuPartNumber', guid: 'skuId', complexes: 'servicePlans' }),
  operators: operatorTable({}),
};

export const userAccess: Routes = {
  'GET /users/{user}/licenseDetails': (call) => {
    const person = userOf(call);
    const rows = call.tenant.licenses
      .details(person)
      .map((values, index) => new Row('record', String(values['id']), index, values));
    return list(call, {
      context: `users('${person.id}')/licenseDetails`,
      resource: licenseDetailsResource,
      after: inOrder(rows),
    });
  },
  'GET /users/{user}/appRoleAssignments': (call) => {
    const person = userOf(call);
    const rows = call.tenant.apps.appRoleAssignments(person);
    return list(call, {
      context: `users('${person.id}')/appRoleAssignments`,
      resource: appRoleAssignmentResource,
      after: inOrder(rows),
    });
  },
  'GET /users/{user}/oauth2PermissionGrants': (call) => {
    const person = userOf(call);
    const rows = call.tenant.apps.permissionGrants(person);
    return list(call, { context: 'oauth2PermissionGrants', resource: permissionGrantResource, after: inOrder(rows) });
  },
  // This list knows no query options: $select is taken and changes nothing.
  'GET /users/{user}/authentication/methods': (call) => {
    const person = userOf(call);
    const { dice, startedAt } = call.tenant;
    return {
      status: 200,
      body: {
        '@odata.context': contextOf(call, `users('${person.id}')/authentication/methods`),
        value: authenticationMethods(person, dice, startedAt),
      },
    };
  },
};
