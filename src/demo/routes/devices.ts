import { z } from 'zod';
import { auditTarget, bodyOf, noContent, recordChange } from '../change.ts';
import { deviceResource } from '../device-resource.ts';
import type { Device } from '../devices.ts';
import type { DirectoryObject } from '../directory-object.ts';
import { badRequest, invalidValue, notFound } from '../errors.ts';
import { count, type Listing, list } from '../listing.ts';
import { canonicalProperty } from '../odata/resource.ts';
import { inOrder, one, related } from '../reading.ts';
import type { Answer } from '../request.ts';
import { type Call, param, type Routes } from '../router.ts';
import type { Tenant } from '../tenant.ts';
import { containersOf } from './users.ts';

function deviceOf(call: Call): Device {
  const device = call.tenant.devices.find(param(call, 'device'));
  if (device === undefined) throw notFound(param(call, 'device'));
  return device;
}

function expandDevice(tenant: Tenant, object: DirectoryObject, name: string): readonly DirectoryObject[] {
  const device = tenant.devices.find(object.id);
  if (device === undefined) return [];
  if (name === 'memberOf') return containersOf(tenant, device);
  return name === 'registeredOwners' ? tenant.devices.ownersOf(device) : tenant.devices.usersOf(device);
}

const devices = ({ tenant }: Call): Listing => ({
  context: 'devices',
  resource: deviceResource,
  after: (ordinal) => tenant.devices.after(ordinal),
  expand: (object, name) => expandDevice(tenant, object, name),
});

/** What PATCH takes of a device; the rest is the operating system's or the management service's. */
const writable: Readonly<Record<string, z.ZodType>> = {
  accountEnabled: z.boolean(),
  displayName: z.string().min(1).max(256),
  operatingSystem: z.string(),
  operatingSystemVersion: z.string(),
};

function update(call: Call): Answer {
  const device = deviceOf(call);
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(bodyOf(call))) {
    if (key === '@odata.type') continue;
    const name = canonicalProperty(deviceResource, key);
    if (name === undefined)
      throw badRequest(
        `One or more properties are invalid: the property '${key}' does not exist on type 'microsoft.graph.device'.`,
      );
    const schema = writable[name];
    if (schema === undefined) throw badRequest(`Property '${name}' is read-only and cannot be set.`);
    if (!schema.safeParse(value).success) throw invalidValue(name, 'Device');
    values[name] = value;
  }
  const target = auditTarget(device, values);
  call.tenant.devices.change(device, values);
  recordChange(call, {
    activityDisplayName: 'Update device',
    category: 'DeviceManagement',
    operationType: 'Update',
    targets: [target],
  });
  return noContent;
}

export const deviceRoutes: Routes = {
  'GET /devices': (call) => list(call, devices(call)),
  'GET /devices/$count': (call) => count(call, devices(call)),
  'GET /devices/{device}': (call) => one(call, 'devices', deviceOf(call), devices(call)),
  'GET /devices/{device}/registeredOwners': (call) =>
    related(call, inOrder(call.tenant.devices.ownersOf(deviceOf(call))), undefined),
  'GET /devices/{device}/registeredUsers': (call) =>
    related(call, inOrder(call.tenant.devices.usersOf(deviceOf(call))), undefined),
  'GET /devices/{device}/memberOf': (call) =>
    related(call, inOrder(containersOf(call.tenant, deviceOf(call))), undefined),
  'PATCH /devices/{device}': update,
};
