import { cloudOf } from '../../config/index.ts';
import type { TokenClaims } from '../../contract/index.ts';
import type { Checkup } from './checkup.ts';
import { type Finding, skipped } from './finding.ts';

const check = 'permissions';

/** A finding for each toolset that is served, from what the token says was granted. Graph's 403 is the truth. */
export function permissionFindings(checkup: Checkup, claims: TokenClaims): Finding[] {
  const granted = claims.kind === 'app' ? claims.roles : claims.scopes;
  const isOpaque = claims.tid === undefined && claims.appId === undefined && granted.length === 0;
  if (isOpaque) return [skipped(check, 'The token does not say what is granted.')];
  const needing = checkup.tools.filter(({ permissions }) => permissions.length > 0);
  if (needing.length === 0) return [skipped(check, 'No tool that is served needs a permission.')];
  return [...Map.groupBy(needing, ({ toolset }) => toolset)].map(([toolset, tools]) =>
    toolsetFinding(toolset, tools, { checkup, claims, granted }),
  );
}

interface Consented {
  readonly checkup: Checkup;
  readonly claims: TokenClaims;
  readonly granted: readonly string[];
}

function toolsetFinding(toolset: string, tools: Checkup['tools'], { checkup, claims, granted }: Consented): Finding {
  const judged = tools.map(({ name, permissions }) => {
    const missing = checkup.missing(granted, permissions);
    return { name, missing, hasNone: missing.length === permissions.length };
  });
  const lacking = judged.filter(({ missing }) => missing.length > 0);
  if (lacking.length === 0) return { check, status: 'ok', message: `${toolset}: all is granted that its tools need.` };
  const needed = lacking.flatMap(({ missing }) => missing);
  const detail = { missing: least(needed, checkup), tools: lacking.map(({ name }) => name) };
  if (judged.every(({ hasNone }) => hasNone)) {
    const message = `${toolset}: nothing is granted that its tools need.`;
    return { check, status: 'failed', message, ...consent(checkup, claims), detail };
  }
  const message = `${toolset}: ${lacking.length} of ${tools.length} tools lack a permission for all or part of what they do.`;
  return { check, status: 'warning', message, ...consent(checkup, claims), detail };
}

/** Without repeats, and without what another of them implies. */
function least(names: readonly string[], { missing }: Checkup): string[] {
  const distinct = [...new Set(names)].sort();
  return distinct.filter((name) => {
    const others = distinct.filter((other) => other !== name);
    return missing(others, [name]).length > 0;
  });
}

/**
 * How they are granted. The link consents to what stands under API permissions, so they are added there first.
 * [learn.microsoft.com/entra/identity/enterprise-apps/grant-admin-consent]
 */
function consent({ config }: Checkup, claims: TokenClaims): Pick<Finding, 'fix' | 'link'> {
  const orLess = 'or serve less with ENTRA_MCP_TOOLSETS or ENTRA_MCP_READ_ONLY.';
  if (config.auth === 'managed-identity') {
    return {
      fix:
        'A managed identity has no consent page: an administrator assigns the missing app roles of Microsoft Graph to its ' +
        `service principal (New-MgServicePrincipalAppRoleAssignment), ${orLess}`,
    };
  }
  const kind = claims.kind === 'app' ? 'application' : 'delegated';
  const tenant = config.tenantId ?? claims.tid ?? 'organizations';
  const clientId = encodeURIComponent(config.clientId ?? claims.appId ?? '');
  return {
    fix:
      `Add what is missing under API permissions of the app registration (Microsoft Graph, ${kind} permissions) and have an ` +
      `administrator consent at the link, ${orLess}`,
    link: `https://${cloudOf(config).loginHost}/${tenant}/adminconsent?client_id=${clientId}`,
  };
}
