import { z } from 'zod';
import { type DirectoryCall, type GraphReader, path, ToolError } from '../contract/index.ts';
import { signInColumns } from './columns.ts';
import type { FollowingParts } from './following.ts';
import type { SignIn, SignInsStanding } from './writing/sign-ins.ts';

/** Graph answers ten of these requests a minute, of at most 500 users. [learn.microsoft.com/graph/throttling-limits] */
const mostPages = 10;
const pageSize = 500;
/** Sign-in activity is that of days: once a day is often enough. */
const freshMs = 24 * 3_600_000;

const row = z.object({
  id: z.string(),
  signInActivity: z.object(Object.fromEntries(signInColumns.map(({ name }) => [name, z.string().nullish()]))).nullish(),
});

/** What came of it. */
export interface SignInsRead {
  /** How many users were told of. */
  readonly users: number;
  /** False while a pass over all users is under way: the next sync goes on with it. */
  readonly complete: boolean;
  readonly requests: number;
  readonly warning?: string;
}

/** Goes on with a pass over the sign-in activity of all users, for as many pages as Graph answers in a minute. */
export async function readSignIns(
  { thread, clock }: FollowingParts,
  { reader, call, standing }: { reader: GraphReader; call: DirectoryCall; standing: SignInsStanding },
): Promise<SignInsRead> {
  let { link } = standing;
  let [users, requests] = [0, 0];
  if (link === undefined && standing.at !== undefined && clock.now() - standing.at < freshMs) {
    return { users, requests, complete: true };
  }
  try {
    do {
      requests += 1;
      const { items, next } = await reader.page(path`/users`, row, { top: pageSize }, link);
      await thread.applySignIns(clock.now(), items.map(signInOf), next);
      users += items.length;
      link = next;
      call.progress(`sign-in activity: ${users} users`);
    } while (link !== undefined && requests < mostPages);
    return { users, requests, complete: link === undefined };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    if (error.code === 'NOT_PERMITTED') return { users, requests, complete: false, warning: notPermitted };
    if (error.code === 'THROTTLED' || error.code === 'UPSTREAM') {
      // It goes on from here: users and groups are all in.
      if (!isLost(error)) return { users, requests, complete: false, warning: notNow(error.code) };
    }
    if (link === undefined || !isLost(error)) throw error;
    // The next sync begins a new pass.
    await thread.applySignIns(clock.now() - freshMs, [], undefined);
    return { users, requests, complete: false };
  }
}

/** The page is too old to go on with, or was kept when the settings named another Graph. */
function isLost({ code, detail }: ToolError): boolean {
  return code === 'INPUT_INVALID' || detail?.['graphCode'] === 'foreignNextLink';
}

function notNow(code: string): string {
  return `Sign-in activity could not be read to the end now (${code}): the next sync goes on with it.`;
}

const notPermitted =
  'No sign-in activity: it needs AuditLog.Read.All and Microsoft Entra ID P1. Grant it, or take signInActivity out of ENTRA_MCP_DIRECTORY_FIELDS.';

function signInOf({ id, signInActivity }: z.output<typeof row>): SignIn {
  return { id, moments: signInActivity ?? {} };
}
