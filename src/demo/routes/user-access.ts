import { appRoleAssignmentResource } from '../app-resources.ts';
import { Row } from '../directory-object.ts';
import { list } from '../listing.ts';
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
};
