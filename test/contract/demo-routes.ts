import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DemoTenant } from '../../src/demo/index.ts';

const folder = join(dirname(dirname(import.meta.dirname)), 'src', 'demo', 'routes');

/** `METHOD /path/{value}` of all that the demo tenant serves: whatever a file of its routes exports. */
export async function demoRoutes(): Promise<string[]> {
  const routes: string[] = [];
  for (const file of await readdir(folder)) {
    const exported: Record<string, unknown> = await import(pathToFileURL(join(folder, file)).href);
    for (const value of Object.values(exported)) {
      const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
      routes.push(...keys.filter((key) => /^[A-Z]+ \//.test(key)));
    }
  }
  return [...new Set(routes)].sort();
}

const casts = ['user', 'group', 'device', 'application', 'servicePrincipal', 'directoryRole', 'administrativeUnit'];

/** A route's address with values in it, and with each type that its last segment can be cast to. */
export async function addressesOf(route: string, tenant: DemoTenant): Promise<string[]> {
  const template = route.slice(route.indexOf(' ') + 1);
  const whole = template
    .replace('/{cast?}', '')
    .replace('{cast}', 'microsoft.graph.user')
    .replace('{type}', 'graph.user');
  const address = await filled(whole, tenant);
  if (!template.endsWith('/{cast?}')) return [address];
  // One object is only of one type.
  if (template.endsWith('/{id}/{cast?}')) return [address, `${address}/microsoft.graph.user`];
  const typed = casts.map((cast) => `${address}/microsoft.graph.${cast}`);
  // Deleted items are listed by type. [learn.microsoft.com/graph/api/directory-deleteditems-list]
  return address === '/directory/deletedItems' ? typed : [address, ...typed];
}

/** What stands for a name; others are the id of the first object in the list before them. */
function landmarkFor(name: string, { landmarks, tenantId }: DemoTenant): string | undefined {
  const values: Record<string, string> = {
    user: landmarks.leaver.id,
    group: landmarks.groups.security.id,
    object: landmarks.ordinary.id,
    organization: tenantId,
    item: 'root',
  };
  return values[name];
}

async function filled(template: string, tenant: DemoTenant): Promise<string> {
  const [, before = '', name, after = ''] = /^([^{]*)\{(\w+)\}(.*)$/.exec(template) ?? [];
  if (name === undefined) return template;
  const known = landmarkFor(name, tenant) ?? (await keyOf(name, before, tenant));
  return filled(`${before}${encodeURIComponent(known)}${after}`, tenant);
}

/** Where the first object of the list would not do, or there is no list. */
async function keyOf(name: string, before: string, tenant: DemoTenant): Promise<string> {
  if (name === 'unit') return firstOf("/directory/administrativeUnits?$filter=displayName eq 'Sales Region'", tenant);
  if (name !== 'drive') return firstOf(before, tenant);
  const response = await fetch(`${tenant.url}/v1.0/users/${tenant.landmarks.leaver.id}/drive`);
  return JSON.parse(await response.text()).id;
}

async function firstOf(list: string, tenant: DemoTenant): Promise<string> {
  const address = list.startsWith('/directory/deletedItems') ? `${list}microsoft.graph.user` : list.replace(/\/$/, '');
  const response = await fetch(`${tenant.url}/v1.0${address}`);
  const { value }: { value?: readonly { id: string }[] } = JSON.parse(await response.text());
  if (value?.[0] === undefined) throw new Error(`The demo tenant has nothing in ${list}`);
  return value[0].id;
}
