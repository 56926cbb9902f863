import type { AddressInfo } from 'node:net';
import { allRoutes } from './all-routes.ts';
import { Dispatcher, type ReceivedRequest } from './dispatch.ts';
import { Faults } from './faults/faults.ts';
import { type DemoLandmarks, landmarksOf } from './landmarks.ts';
import { Router } from './router.ts';
import { createGraphServer } from './server.ts';
import { type DemoSnapshot, snapshotOf } from './snapshot.ts';
import { Tenant } from './tenant.ts';
import { type BudgetOptions, Throttle } from './throttle.ts';

export type { ReceivedRequest } from './dispatch.ts';
export type { DemoLandmarks } from './landmarks.ts';
export type { DemoSnapshot } from './snapshot.ts';
export type { BudgetOptions } from './throttle.ts';

export interface DemoTenantOptions {
  /** How many people there are, 25 to 1,000,000; 500 by default. */
  readonly users?: number;
  /** The same seed makes the same tenant, ids and all; 1 by default. */
  readonly seed?: number;
  /** A GUID; derived from the seed by default. */
  readonly tenantId?: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  readonly host?: '127.0.0.1';
  /** Milliseconds since the epoch; dates in the tenant count back from its first value. */
  readonly now?: () => number;
  /** What each application may ask for; the published numbers by default, `false` for no end. */
  readonly budget?: BudgetOptions | false;
  /** What goes wrong, in the language of docs/demo-tenant.md: `429:0.05,PATCH /users/*=504-after:x1`. */
  readonly faults?: string;
  /** How long what is created or restored is 404 and absent from lists, and a usageLocation unknown to licensing; 0 by default. */
  readonly replicationDelayMs?: number;
  /** Graph application permissions of the caller, such as `User.Read.All`: what they do not cover is 403. By default it may do everything. */
  readonly permissions?: readonly string[];
  /** Directory roles of the caller by display name: sensitive actions on role holders that they do not cover are 403. By default it needs none. */
  readonly appRoles?: readonly string[];
}

/** A simulated Microsoft Graph tenant that is being served on loopback. */
export interface DemoTenant {
  /** The Graph root, `http://127.0.0.1:PORT`, without `/v1.0`. */
  readonly url: string;
  readonly tenantId: string;
  /** The domain of people's addresses. */
  readonly domain: string;
  /** What was received, oldest first; the latest 10,000. The requests inside a $batch stand before the batch itself. */
  readonly requests: readonly ReceivedRequest[];
  readonly landmarks: DemoLandmarks;
  /** A deep copy of the tenant's state. */
  snapshot(): DemoSnapshot;
  /** Puts other faults in the place of the present ones; none without a spec. Throws RangeError on one that cannot be read. */
  faults(spec?: string): void;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

/** Makes a tenant and serves it. Rejects when the port is taken; throws RangeError on a number of people it cannot hold. */
export async function startDemoTenant(options: DemoTenantOptions = {}): Promise<DemoTenant> {
  const { users = 500, seed = 1, tenantId, port = 0, host = '127.0.0.1', now = Date.now } = options;
  const tenant = new Tenant({
    users,
    seed,
    tenantId,
    now,
    replicationDelayMs: options.replicationDelayMs ?? 0,
    permissions: options.permissions,
    appRoles: options.appRoles,
  });
  const router = new Router(...allRoutes);
  const throttle = new Throttle(tenant.id, now, users, options.budget);
  const faults = new Faults(tenant.dice, options.faults);
  const dispatcher = new Dispatcher({ tenant, router, throttle, faults });
  const server = createGraphServer(dispatcher);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    url: `http://${host}:${portOf(server.address())}`,
    tenantId: tenant.id,
    domain: tenant.domains.main,
    requests: dispatcher.requests,
    landmarks: landmarksOf(tenant),
    snapshot: () => snapshotOf(tenant),
    faults: (spec) => faults.set(spec),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new TypeError('the demo tenant listens on TCP only');
  return address.port;
}
