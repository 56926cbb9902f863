import { createHash, randomBytes } from 'node:crypto';
import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { type Config, cloudOf } from '../config/index.ts';
import type { ApproverSignIn, Clock, SignedInPerson, SignInRequest } from '../contract/index.ts';
import { ToolError, visible } from '../contract/index.ts';
import { authRequired, failureOf } from './failure.ts';
import { type LoginNetwork, loginNetwork } from './network.ts';

/** The settings that the sign-in of approvers reads. */
export type ApproverSignInConfig = Pick<Config, 'cloud' | 'authorityHost' | 'graphUrl' | 'approverGroup'> & {
  /** ENTRA_MCP_APPROVER_SIGN_IN */
  readonly clientId: string;
  /** A GUID. */
  readonly tenantId: string;
};

/** Who may approve where no group is named: the app role of that value, of the app registration that they sign in to. */
const approverRole = 'Approver';

/** Entra says in the ID token when the person proved who they are, where it is asked to. [learn.microsoft.com/entra/identity-platform/optional-claims-reference] */
const askedClaims = JSON.stringify({ id_token: { auth_time: { essential: true } } });

const scopes = ['openid', 'profile'];
/** Entra rolls its keys over without notice: one that is not known is looked for, at most so often. */
const keysKeptMs = 24 * 60 * 60_000;
const keysAgainMs = 60_000;

const discovered = z.object({ issuer: z.string(), jwks_uri: z.url() });
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/** [learn.microsoft.com/entra/identity-platform/id-token-claims-reference] */
const claims = z.object({
  tid: z.string(),
  oid: z.string(),
  nonce: z.string(),
  iat: z.number(),
  auth_time: z.number().optional(),
  name: z.string().optional(),
  preferred_username: z.string().optional(),
  groups: z.array(z.string()).optional(),
  roles: z.array(z.string()).optional(),
  /** More groups than fit. */
  hasgroups: z.unknown().optional(),
  _claim_names: z.object({ groups: z.unknown().optional() }).optional(),
});

/** The sign-in of approvers with Entra. Nothing is loaded or asked before it is used. */
export function createApproverSignIn(config: ApproverSignInConfig, clock: Clock): ApproverSignIn {
  const { loginHost } = cloudOf(config);
  const authority = `https://${loginHost}/${config.tenantId}`;
  const network = loginNetwork({ clock });
  const keys = new EntraKeys(authority, network, clock);

  /** One for each sign-in: what MSAL keeps of a person dies with it. */
  async function client() {
    const { PublicClientApplication } = await import('@azure/msal-node');
    return new PublicClientApplication({
      auth: { clientId: config.clientId, authority, knownAuthorities: [loginHost] },
      system: { networkClient: network, loggerOptions: { loggerCallback: () => undefined, piiLoggingEnabled: false } },
    });
  }

  async function told<T>(work: () => Promise<T>): Promise<T> {
    network.forget();
    try {
      return await work();
    } catch (error) {
      throw failureOf(error, network.fault);
    }
  }

  return {
    name: `${config.tenantId}/${config.clientId}`,
    begin: ({ redirectUri, state, nonce, isFresh }: SignInRequest) =>
      told(async () => {
        const verifier = randomBytes(32).toString('base64url');
        const url = await (await client()).getAuthCodeUrl({
          ...{ scopes, redirectUri, state, nonce, claims: askedClaims, responseMode: 'query' },
          codeChallenge: createHash('sha256').update(verifier).digest('base64url'),
          codeChallengeMethod: 'S256',
          // Never without a person who does something: a session that is open at Entra alone approves nothing.
          prompt: isFresh ? 'login' : 'select_account',
        });
        return { url, verifier };
      }),
    redeem: (code, { verifier: codeVerifier, redirectUri, nonce }) =>
      told(async () => {
        const request = { code, codeVerifier, redirectUri, scopes };
        const result = await (await client()).acquireTokenByCode(request, { code, nonce });
        if (result.idToken !== '') return result.idToken;
        throw authRequired('Entra answered without an ID token.', 'Check the app registration of the approvers.');
      }),
    verify: async (idToken) => personOf(await verified(idToken, keys, config), config),
  };
}

/** Signed by Entra, for this tenant and this app. How old it is, is asked by whoever knows what it is for. */
async function verified(idToken: string, keys: EntraKeys, config: ApproverSignInConfig): Promise<JWTPayload> {
  const { decodeJwt, errors, jwtVerify } = await import('jose');
  const known = await keys.current();
  try {
    const { iat = 0 } = decodeJwt(idToken);
    const options = {
      ...{ issuer: known.issuer, audience: config.clientId, algorithms: ['RS256'] },
      // As it was when it was issued: it is evidence, and kept longer than it opens anything.
      currentDate: new Date(iat * 1000),
    };
    try {
      return (await jwtVerify(idToken, known.key, options)).payload;
    } catch (error) {
      const newer = error instanceof errors.JWKSNoMatchingKey ? await keys.newerThan(known) : undefined;
      if (newer === undefined) throw error;
      return (await jwtVerify(idToken, newer.key, options)).payload;
    }
  } catch (error) {
    if (error instanceof ToolError) throw error;
    throw notStanding();
  }
}

function personOf(payload: JWTPayload, { tenantId, approverGroup }: ApproverSignInConfig): SignedInPerson {
  const { success, data } = claims.safeParse(payload);
  if (!success || data.tid.toLowerCase() !== tenantId.toLowerCase()) throw notStanding();
  const { oid, nonce, iat, auth_time: authTime } = data;
  const name = visible(data.preferred_username ?? data.name ?? oid);
  if (approverGroup === undefined) {
    if (data.roles?.includes(approverRole) !== true) throw noRole();
  } else if (data.groups?.some((group) => group.toLowerCase() === approverGroup.toLowerCase()) !== true) {
    const isCut = data.hasgroups !== undefined || data._claim_names?.groups !== undefined;
    throw isCut ? tooManyGroups() : notInGroup(approverGroup);
  }
  const authenticated = { authenticatedAt: authTime === undefined ? undefined : authTime * 1000 };
  return { oid: oid.toLowerCase(), name, nonce, issuedAt: iat * 1000, ...authenticated };
}

interface Keys {
  readonly issuer: string;
  readonly key: JWTVerifyGetKey;
}

/** The keys that Entra signs with, as its metadata names them. */
class EntraKeys {
  readonly #authority: string;
  readonly #network: LoginNetwork;
  readonly #clock: Clock;
  #read: { readonly at: number; readonly keys: Promise<Keys> } | undefined;

  constructor(authority: string, network: LoginNetwork, clock: Clock) {
    this.#authority = authority;
    this.#network = network;
    this.#clock = clock;
  }

  /** @throws ToolError UPSTREAM, THROTTLED */
  current(): Promise<Keys> {
    return this.#within(keysKeptMs);
  }

  /** Keys read lately, for one that is not among `known`; `undefined` where there cannot be newer ones. */
  async newerThan(known: Keys): Promise<Keys | undefined> {
    const keys = await this.#within(keysAgainMs);
    return keys === known ? undefined : keys;
  }

  #within(ageMs: number): Promise<Keys> {
    const now = this.#clock.now();
    if (this.#read !== undefined && now - this.#read.at < ageMs) return this.#read.keys;
    const keys = this.#fetched();
    const read = { at: now, keys };
    this.#read = read;
    keys.catch(() => {
      if (this.#read === read) this.#read = undefined;
    });
    return keys;
  }

  async #fetched(): Promise<Keys> {
    const { createLocalJWKSet } = await import('jose');
    try {
      this.#network.forget();
      const at = `${this.#authority}/v2.0/.well-known/openid-configuration`;
      const { issuer, jwks_uri } = discovered.parse((await this.#network.sendGetRequestAsync(at)).body);
      // The metadata is believed for the host it came from, and for no other.
      if (new URL(jwks_uri).host !== new URL(this.#authority).host) throw new Error('keys of another host');
      const set = keySet.parse((await this.#network.sendGetRequestAsync(jwks_uri)).body);
      return { issuer, key: createLocalJWKSet(set) };
    } catch (error) {
      const { code, message, fix, retryAfterMs } = failureOf(error, this.#network.fault);
      throw new ToolError(code === 'THROTTLED' ? code : 'UPSTREAM', {
        message: `Entra's keys cannot be read, so no approval can be verified. ${message}`,
        fix,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      });
    }
  }
}

function notStanding(): ToolError {
  return authRequired(
    'This sign-in is not one of Entra for this tenant and app.',
    'Sign in again; if it stays, check ENTRA_MCP_APPROVER_SIGN_IN and AZURE_AUTHORITY_HOST.',
  );
}

function notAllowed(message: string, fix: string): ToolError {
  return new ToolError('NOT_PERMITTED', { message, fix });
}

function noRole(): ToolError {
  return notAllowed(
    `Who signed in does not have the app role ${approverRole}, so may not approve.`,
    `Assign the role in the enterprise application of the approvers, or name a group in ENTRA_MCP_APPROVER_GROUP.`,
  );
}

function notInGroup(group: string): ToolError {
  return notAllowed(
    `Who signed in is not in the approver group ${group}, or the sign-in does not tell of groups.`,
    'Add them to the group; in the app registration of the approvers, under Token configuration, add the groups claim to the ID token.',
  );
}

function tooManyGroups(): ToolError {
  return notAllowed(
    'Who signed in is in more groups than a sign-in tells of.',
    'In the app registration of the approvers, let the groups claim tell of groups assigned to the application only, or use the app role.',
  );
}
