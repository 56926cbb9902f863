import { z } from 'zod';
import { allOf, type GraphReader, odata, path } from '../contract/index.ts';

/** Who this server is for Entra: its app alone, or a person who signed in. */
export type EntraIdentity =
  | { readonly kind: 'app'; readonly appId: string }
  | { readonly kind: 'user'; readonly objectId: string };

/** One row of Entra's own audit log. [learn.microsoft.com/graph/api/resources/directoryaudit] */
export interface EntraActivity {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly activity: string;
  readonly service: string;
  /** `Add`, `Update`, `Delete`, `Assign`, `Unassign` … */
  readonly operation: string;
  readonly result: string;
  /** In lower case; empty where it has none. */
  readonly correlationId: string;
  readonly targets: readonly { readonly id: string; readonly name: string }[];
}

const row = z.object({
  id: z.string(),
  activityDateTime: z.string(),
  activityDisplayName: z.string().nullish(),
  loggedByService: z.string().nullish(),
  operationType: z.string().nullish(),
  result: z.string().nullish(),
  correlationId: z.string().nullish(),
  targetResources: z
    .array(
      z.object({
        id: z.string().nullish(),
        displayName: z.string().nullish(),
        userPrincipalName: z.string().nullish(),
      }),
    )
    .nullish(),
});

const log = path`/auditLogs/directoryAudits`;

/**
 * What Entra has logged of one identity since a moment, page by page. Needs AuditLog.Read.All.
 * [learn.microsoft.com/graph/api/directoryaudit-list]
 */
export async function* entraActivities(
  graph: GraphReader,
  identity: EntraIdentity,
  since: number,
): AsyncGenerator<EntraActivity[]> {
  const by =
    identity.kind === 'app'
      ? odata`initiatedBy/app/appId eq ${identity.appId}`
      : odata`initiatedBy/user/id eq ${identity.objectId}`;
  const filter = allOf([by, odata`activityDateTime ge ${new Date(since)}`]);
  for await (const page of graph.pages(log, row, { ...(filter === undefined ? {} : { filter }), top: 999 }))
    yield page.items.map(activityOf);
}

const onlyTime = z.object({ id: z.string(), activityDateTime: z.string() });

/** When the oldest row that Entra still has was written, whoever it is about; undefined for an empty log. */
export async function oldestActivity(graph: GraphReader): Promise<number | undefined> {
  const { items } = await graph.page(log, onlyTime, { orderby: 'activityDateTime', top: 1 });
  const [oldest] = items;
  return oldest === undefined ? undefined : Date.parse(oldest.activityDateTime);
}

function activityOf(found: z.output<typeof row>): EntraActivity {
  return {
    id: found.id,
    at: Date.parse(found.activityDateTime),
    activity: found.activityDisplayName ?? 'unnamed activity',
    service: found.loggedByService ?? '',
    operation: found.operationType ?? '',
    result: found.result ?? '',
    correlationId: (found.correlationId ?? '').toLowerCase(),
    targets: (found.targetResources ?? []).flatMap(({ id, displayName, userPrincipalName }) =>
      typeof id === 'string' ? [{ id: id.toLowerCase(), name: userPrincipalName ?? displayName ?? id }] : [],
    ),
  };
}
