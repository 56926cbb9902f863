import { z } from 'zod';
import { path, ToolError } from '../../contract/index.ts';
import type { Checkup } from './checkup.ts';
import type { Detail, Finding } from './finding.ts';
import { stepMs } from './hosts.ts';

const check = 'read';
const organization = z.object({ id: z.string(), displayName: z.string().nullish() });

/** One read, through the transport that the server uses. [learn.microsoft.com/graph/api/organization-list] */
export async function readFinding({ graph }: Checkup): Promise<Finding> {
  try {
    const reader = graph.reader({ signal: new AbortController().signal, deadlineMs: stepMs });
    const { items } = await reader.page(path`/organization`, organization);
    const [found] = items;
    const detail: Record<string, Detail> = found === undefined ? {} : { tenant: found.id };
    if (found?.displayName) detail['name'] = found.displayName;
    return { check, status: 'ok', message: 'Graph answers a read.', detail };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return error.code === 'NOT_PERMITTED' ? unnamed : failed(error);
  }
}

/** A refusal proves the way and the token; only the tenant's name stays unknown. */
const unnamed: Finding = {
  check,
  status: 'warning',
  message: "Graph takes the token, but does not let it read the organization, so plans cannot show the tenant's name.",
  fix: 'Nothing else needs it. To have the name shown, grant Organization.Read.All.',
};

function failed({ code, message, fix, requestId, retryAfterMs }: ToolError): Finding {
  return {
    check,
    status: 'failed',
    message,
    fix,
    detail: {
      code,
      ...(requestId === undefined ? {} : { requestId }),
      ...(retryAfterMs === undefined ? {} : { retryAfterSeconds: Math.ceil(retryAfterMs / 1000) }),
    },
  };
}
