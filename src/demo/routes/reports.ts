import { directoryAuditResource, signInResource } from '../audit.ts';
import type { Row } from '../directory-object.ts';
import { notFound } from '../errors.ts';
import { list } from '../listing.ts';
import type { Resource } from '../odata/resource.ts';
import { inOrder, one } from '../reading.ts';
import { type Call, param, type Routes } from '../router.ts';

const report = (context: string, resource: Resource, rows: (call: Call) => readonly Row[]): Routes => ({
  [`GET /${context}`]: (call) => list(call, { context, resource, after: inOrder(rows(call)) }),
  [`GET /${context}/{id}`]: (call) => {
    const found = rows(call).find(({ id }) => id === param(call, 'id'));
    if (found === undefined) throw notFound(param(call, 'id'));
    return one(call, context, found, { resource });
  },
});

export const reportRoutes: Routes = {
  ...report('auditLogs/directoryAudits', directoryAuditResource, ({ tenant }) => tenant.audit.rows),
  ...report('auditLogs/signIns', signInResource, ({ tenant }) => tenant.signIns),
};
