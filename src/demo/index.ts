import type { AddressInfo } from 'node:net';
import { Dispatcher, type ReceivedRequest } from './dispatch.ts';
import { type DemoLandmarks, landmarksOf } from './landmarks.ts';
import { Router } from './router.ts';
import { deletedItemRoutes } from './routes/deleted-items.ts';
import { groupMemberWrites } from './routes/group-members.ts';
import { groupWrites } from './routes/group-writes.ts';
import { groupReads } from './routes/groups.ts';
import { objectRoutes } from './routes/objects.ts';
import { organizationRoutes } from './routes/organization.ts';
import { reportRoutes } from './routes/reports.ts';
import { roleRoutes } from './routes/roles.ts';
import { userAccess } from './routes/user-access.ts';
import { userWrites } from './routes/user-writes.ts';
import { userReads } from './routes/users.ts';
import { createGraphServer } from './server.ts';
import { type DemoSnapshot, snapshotOf } from './snapshot.ts';
import { Tenant } from './tenant.ts';

export type { ReceivedRequest } from './dispatch.ts';
export type { DemoLandmarks, GroupLandmark, PersonLandmark } from './landmarks.ts';
export type { DemoSnapshot } from './snapshot.ts';

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
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

/** Makes a tenant and serves it. Rejects when the port is taken; throws RangeError on a number of people it cannot hold. */
export async function startDemoTenant(options: DemoTenantOptions = {}): Promise<DemoTenant> {
  const { users = 500, seed = 1, tenantId, port = 0, host = '127.0.0.1', now = Date.now } = options;
  const tenant = new Tenant({ users, seed, tenantId, now });
  const router = new Router(
    userReads,
    userWrites,
    userAccess,
    groupReads,
    groupMemberWrites,
    groupWrites,
    objectRoutes,
    roleRoutes,
    deletedItemRoutes,
    organizationRoutes,
    reportRoutes,
  );
  const dispatcher = new Dispatcher(tenant, router);
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
