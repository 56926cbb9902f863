import { z } from 'zod';
import { bodyOf } from '../change.ts';
import type { DirectoryObject } from '../directory-object.ts';
import { directoryObjectResource } from '../entities.ts';
import { badRequest, notFound } from '../errors.ts';
import { contextOf } from '../listing.ts';
import { selected } from '../prepared-query.ts';
import { one } from '../reading.ts';
import type { Answer } from '../request.ts';
import { type Call, param, type Routes } from '../router.ts';
import { shape } from '../shape.ts';
import { userOf } from './users.ts';

const idList = z.object({ ids: z.array(z.guid()).min(1).max(1000), types: z.array(z.string()).optional() });
const memberGroups = z.object({ securityEnabledOnly: z.boolean() });
const groupIds = z.object({ groupIds: z.array(z.guid()).min(1).max(20) });

function parse<T>(call: Call, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(bodyOf(call));
  if (parsed.success) return parsed.data;
  throw badRequest(`The request body is not valid for '${call.segments.at(-1) ?? ''}'.`);
}

function getByIds(call: Call): Answer {
  const { ids, types } = parse(call, idList);
  const wanted = types?.map((type) => type.toLowerCase());
  const select = selected(call.query.select, directoryObjectResource);
  const objects = [...new Set(ids.map((id) => id.toLowerCase()))]
    .flatMap((id) => call.tenant.find(id) ?? [])
    .filter(
      ({ kind }) => wanted === undefined || wanted.includes('directoryobject') || wanted.includes(kind.toLowerCase()),
    );
  return {
    status: 200,
    body: {
      '@odata.context': contextOf(call, 'directoryObjects', select),
      value: objects.map((object) => shape(call, object, { resource: directoryObjectResource, mixed: true }, select)),
    },
  };
}

const strings = (call: Call, value: readonly string[]): Answer => ({
  status: 200,
  body: { '@odata.context': contextOf(call, 'Collection(Edm.String)'), value },
});

function getMemberGroups(call: Call, object: DirectoryObject): Answer {
  const { securityEnabledOnly } = parse(call, memberGroups);
  const groups = call.tenant.groups.holdingTransitively(object);
  return strings(
    call,
    groups.filter((group) => !securityEnabledOnly || group.get('securityEnabled') === true).map(({ id }) => id),
  );
}

function checkMemberGroups(call: Call, object: DirectoryObject): Answer {
  const asked = parse(call, groupIds).groupIds.map((id) => id.toLowerCase());
  const held = call.tenant.groups.holdingTransitively(object).map(({ id }) => id);
  return strings(
    call,
    asked.filter((id) => held.includes(id)),
  );
}

function objectOf(call: Call): DirectoryObject {
  const object = call.tenant.find(param(call, 'object'));
  if (object === undefined) throw notFound(param(call, 'object'));
  return object;
}

export const objectRoutes: Routes = {
  'GET /directoryObjects/{object}': (call) =>
    one(call, 'directoryObjects', objectOf(call), { resource: directoryObjectResource, mixed: true }),
  'POST /directoryObjects/getByIds': getByIds,
  'POST /directoryObjects/{object}/getMemberGroups': (call) => getMemberGroups(call, objectOf(call)),
  'POST /directoryObjects/{object}/checkMemberGroups': (call) => checkMemberGroups(call, objectOf(call)),
  'POST /users/{user}/getMemberGroups': (call) => getMemberGroups(call, userOf(call)),
  'POST /users/{user}/checkMemberGroups': (call) => checkMemberGroups(call, userOf(call)),
};
