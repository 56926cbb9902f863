import { z } from 'zod';
import { ToolError } from './error.ts';
import type { GraphReader } from './graph.ts';
import { path } from './path.ts';

const domain = z.object({
  id: z.string(),
  isVerified: z.boolean().nullish(),
  authenticationType: z.string().nullish(),
});
const holder = z.object({ id: z.string(), displayName: z.string().nullish(), userPrincipalName: z.string() });

/**
 * Checks a userPrincipalName that is about to be given to an account: its characters, that its domain is a verified one
 * of the tenant, and that nobody else has it. Throws ToolError INPUT_INVALID or CONFLICT.
 *
 * @param wanted.forNew Accounts with a password cannot be created in a federated domain.
 * @param wanted.keptBy Object id of the account that may already have it.
 */
export async function checkPrincipalName(
  graph: GraphReader,
  userPrincipalName: string,
  wanted: { readonly forNew?: boolean; readonly keptBy?: string } = {},
): Promise<void> {
  const domainName = domainOf(userPrincipalName);
  const [, found] = await Promise.all([
    checkDomain(graph, domainName, wanted.forNew === true),
    graph.find(path`/users/${userPrincipalName}`, holder),
  ]);
  if (found !== undefined && found.id !== wanted.keptBy) {
    throw new ToolError('CONFLICT', {
      message: 'Another account has this userPrincipalName.',
      fix: 'Choose another one, or work with the account in detail.user.',
      detail: { user: found },
    });
  }
}

/** The domain, after checking the characters. [learn.microsoft.com/entra/identity/authentication/concept-sspr-policy] */
function domainOf(userPrincipalName: string): string {
  const [local = '', domainName = '', ...others] = userPrincipalName.split('@');
  const spelled = /^[A-Za-z0-9'._!#^~-]{1,64}$/.test(local) && !local.endsWith('.');
  if (spelled && others.length === 0 && /^[A-Za-z0-9.-]{1,48}$/.test(domainName)) return domainName.toLowerCase();
  throw new ToolError('INPUT_INVALID', {
    message:
      "userPrincipalName is not spelled as Entra allows: 1 to 64 of A-Z a-z 0-9 ' . - _ ! # ^ ~, then @ and a domain.",
    fix: 'Leave out accents, spaces and other characters, and any dot just before the @.',
    detail: { field: 'userPrincipalName' },
  });
}

async function checkDomain(graph: GraphReader, name: string, forNew: boolean): Promise<void> {
  const verified: string[] = [];
  for await (const page of graph.pages(path`/domains`, domain)) {
    for (const one of page.items) {
      if (one.isVerified !== true) continue;
      verified.push(one.id);
      if (one.id.toLowerCase() !== name) continue;
      // A federated domain authenticates elsewhere and needs onPremisesImmutableId. [learn.microsoft.com/graph/api/user-post-users]
      if (!forNew || one.authenticationType !== 'Federated') return;
      throw new ToolError('CONFLICT', {
        message: 'The domain of userPrincipalName is federated: its passwords are not kept in Entra.',
        fix: 'Create the account in the directory it is federated with, or use a managed domain.',
        detail: { field: 'userPrincipalName' },
      });
    }
  }
  throw new ToolError('INPUT_INVALID', {
    message: 'The domain of userPrincipalName is not a verified domain of this tenant.',
    fix: 'Use one of detail.verifiedDomains. A person of another organization is invited as a guest.',
    detail: { field: 'userPrincipalName', verifiedDomains: verified.slice(0, 50) },
  });
}

/** True where the domain of a userPrincipalName keeps its passwords in another directory. */
export async function isFederated(graph: GraphReader, userPrincipalName: string): Promise<boolean> {
  return (await domainNamed(graph, userPrincipalName))?.authenticationType === 'Federated';
}

/** True where a mail address is in a verified domain of the tenant. */
export async function isVerifiedDomain(graph: GraphReader, mail: string): Promise<boolean> {
  return (await domainNamed(graph, mail))?.isVerified === true;
}

async function domainNamed(graph: GraphReader, address: string): Promise<z.output<typeof domain> | undefined> {
  const name = address.slice(address.lastIndexOf('@') + 1).toLowerCase();
  for await (const page of graph.pages(path`/domains`, domain)) {
    const found = page.items.find((one) => one.id.toLowerCase() === name);
    if (found !== undefined) return found;
  }
  return undefined;
}
