import { z } from 'zod';

/** An account of a demo tenant that shows something. */
export interface NoteworthyAccount {
  readonly userPrincipalName: string;
  readonly why: string;
}

/** What to look for, as a Graph filter, so that the answer is what the tenant really holds. */
const kinds: readonly { readonly why: string; readonly filter: string }[] = [
  { why: 'an ordinary member', filter: "startswith(userPrincipalName,'maya.lindqvist')" },
  {
    why: 'a Global Administrator: taking access away needs step-up',
    filter: "startswith(userPrincipalName,'grace.admin')",
  },
  { why: 'already disabled', filter: "startswith(userPrincipalName,'oscar.wynn')" },
  { why: 'mastered by on-premises AD: read-only', filter: "startswith(userPrincipalName,'tariq.saleh')" },
  { why: 'a guest', filter: "startswith(userPrincipalName,'ruth.calder')" },
  { why: 'an apostrophe in the name', filter: "startswith(userPrincipalName,'siobhan')" },
  { why: 'looks like danieI.moreau, with a capital i', filter: "startswith(userPrincipalName,'daniel.moreau')" },
  { why: 'a display name that gives orders to models', filter: "startswith(userPrincipalName,'mallory.crane')" },
];

const found = z.object({ value: z.array(z.object({ userPrincipalName: z.string() })) });

/** The accounts of the tenant at `graphUrl` that are worth a look; those that it does not hold are left out. */
export async function noteworthyAccounts(graphUrl: string): Promise<NoteworthyAccount[]> {
  const answers = await Promise.all(
    kinds.map(async ({ why, filter }) => {
      const query = new URLSearchParams({ $select: 'userPrincipalName', $top: '1', $filter: filter });
      const response = await fetch(`${graphUrl}/v1.0/users?${query}`, { signal: AbortSignal.timeout(5_000) });
      const parsed = found.safeParse(await response.json());
      const [user] = parsed.success ? parsed.data.value : [];
      return user === undefined ? [] : [{ userPrincipalName: user.userPrincipalName, why }];
    }),
  );
  return answers.flat();
}
