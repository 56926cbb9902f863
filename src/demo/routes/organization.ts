import { type DirectoryObject, Row } from '../directory-object.ts';
import { notFound } from '../errors.ts';
import { type Listing, list } from '../listing.ts';
import { operatorTable, propertyTable, type Resource } from '../odata/resource.ts';
import { directoryTime } from '../people/generated.ts';
import { servicePlans, skus } from '../products.ts';
import { inOrder, one } from '../reading.ts';
import { param, type Routes } from '../router.ts';
import type { Tenant } from '../tenant.ts';

const plain = {
  operators: operatorTable({ 'd---': 'id' }),
  endsWith: [],
  searchable: [],
  orderby: {},
  expandable: [],
  pageSize: { default: 100, max: 999 },
  directory: false,
} as const;

const organizationResource: Resource = {
  ...plain,
  name: 'Organization',
  type: 'microsoft.graph.organization',
  properties: propertyTable({
    string:
      'city country countryLetterCode defaultUsageLocation displayName partnerTenantType postalCode preferredLanguage state street tenantType mobileDeviceManagementAuthority',
    boolean: 'onPremisesSyncEnabled',
    dateTime: 'createdDateTime deletedDateTime onPremisesLastSyncDateTime',
    strings:
      'businessPhones marketingNotificationEmails securityComplianceNotificationMails securityComplianceNotificationPhones technicalNotificationMails',
    complex: 'privacyProfile',
    complexes: 'assignedPlans provisionedPlans verifiedDomains',
  }),
};

const domainResource: Resource = {
  ...plain,
  name: 'Domain',
  type: 'microsoft.graph.domain',
  properties: propertyTable({
    string: 'authenticationType availabilityStatus manufacturer model',
    boolean: 'isAdminManaged isDefault isInitial isRoot isVerified',
    number: 'passwordNotificationWindowInDays passwordValidityPeriodInDays',
    strings: 'supportedServices',
    complex: 'state',
  }),
};

const skuResource: Resource = {
  ...plain,
  name: 'SubscribedSku',
  type: 'microsoft.graph.subscribedSku',
  properties: propertyTable({
    string: 'accountId accountName appliesTo capabilityStatus skuPartNumber',
    number: 'consumedUnits',
    guid: 'skuId',
    strings: 'subscriptionIds',
    complex: 'prepaidUnits',
    complexes: 'servicePlans',
  }),
};

function organization(tenant: Tenant): Row {
  const { initial, main, federated } = tenant.domains;
  const domain = (name: string, type: 'Managed' | 'Federated'): Record<string, unknown> => ({
    capabilities: 'Email, OfficeCommunicationsOnline',
    isDefault: name === main,
    isInitial: name === initial,
    name,
    type,
  });
  return new Row('record', tenant.id, 0, {
    assignedPlans: [],
    businessPhones: ['+49 30 5550 0000'],
    city: 'Berlin',
    country: null,
    countryLetterCode: 'DE',
    createdDateTime: directoryTime(tenant.startedAt - 2600 * 86_400_000),
    defaultUsageLocation: 'DE',
    deletedDateTime: null,
    displayName: tenant.displayName,
    marketingNotificationEmails: [],
    mobileDeviceManagementAuthority: 'intune',
    onPremisesLastSyncDateTime: directoryTime(tenant.startedAt - 1_200_000),
    onPremisesSyncEnabled: true,
    partnerTenantType: null,
    postalCode: '10115',
    preferredLanguage: 'en',
    privacyProfile: null,
    provisionedPlans: [],
    securityComplianceNotificationMails: [],
    securityComplianceNotificationPhones: [],
    state: null,
    street: 'Musterallee 12',
    technicalNotificationMails: [`it@${main}`],
    tenantType: 'AAD',
    verifiedDomains: [domain(initial, 'Managed'), domain(main, 'Managed'), domain(federated, 'Federated')],
  });
}

function domains(tenant: Tenant): Row[] {
  const { initial, main, federated } = tenant.domains;
  return [initial, main, federated].map(
    (name, index) =>
      new Row('record', name, index, {
        authenticationType: name === federated ? 'Federated' : 'Managed',
        availabilityStatus: null,
        isAdminManaged: true,
        isDefault: name === main,
        isInitial: name === initial,
        isRoot: name !== federated,
        isVerified: true,
        manufacturer: null,
        model: null,
        passwordNotificationWindowInDays: 14,
        passwordValidityPeriodInDays: 2_147_483_647,
        state: null,
        supportedServices: ['Email', 'OfficeCommunicationsOnline'],
      }),
  );
}

function subscribedSkus(tenant: Tenant): Row[] {
  const consumed = tenant.licenses.consumed(tenant.version);
  return skus.map(
    (sku, index) =>
      new Row('record', `${tenant.id}_${sku.skuId}`, index, {
        accountId: tenant.id,
        accountName: tenant.displayName,
        appliesTo: 'User',
        capabilityStatus: 'Enabled',
        consumedUnits: consumed.get(sku.skuId) ?? 0,
        prepaidUnits: {
          enabled: sku.seats(tenant.people.origin.population.size),
          suspended: 0,
          warning: 0,
          lockedOut: 0,
        },
        servicePlans: servicePlans(sku, []),
        skuId: sku.skuId,
        skuPartNumber: sku.skuPartNumber,
        subscriptionIds: [tenant.dice.guid(5, 0x1000_0000 + index)],
      }),
  );
}

const listing = (context: string, resource: Resource, rows: readonly Row[]): Listing => ({
  context,
  resource,
  after: inOrder(rows),
});

function byId(rows: readonly DirectoryObject[], id: string): DirectoryObject {
  const found = rows.find((row) => row.id.toLowerCase() === id.toLowerCase());
  if (found === undefined) throw notFound(id);
  return found;
}

export const organizationRoutes: Routes = {
  'GET /organization': (call) => list(call, listing('organization', organizationResource, [organization(call.tenant)])),
  'GET /organization/{organization}': (call) =>
    one(call, 'organization', byId([organization(call.tenant)], param(call, 'organization')), {
      resource: organizationResource,
    }),
  'GET /domains': (call) => list(call, listing('domains', domainResource, domains(call.tenant))),
  'GET /domains/{domain}': (call) =>
    one(call, 'domains', byId(domains(call.tenant), param(call, 'domain')), { resource: domainResource }),
  'GET /subscribedSkus': (call) => list(call, listing('subscribedSkus', skuResource, subscribedSkus(call.tenant))),
  'GET /subscribedSkus/{sku}': (call) =>
    one(call, 'subscribedSkus', byId(subscribedSkus(call.tenant), param(call, 'sku')), { resource: skuResource }),
};
