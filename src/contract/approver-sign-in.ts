/** A person as an ID token of Entra tells of them. Times are milliseconds since the Unix epoch. */
export interface SignedInPerson {
  /** Object id, in lower case. */
  readonly oid: string;
  /** As Entra shows them: tenant text. */
  readonly name: string;
  /** What the sign-in was begun with. */
  readonly nonce: string;
  readonly issuedAt: number;
  /** When they last proved who they are; undefined where Entra does not say. */
  readonly authenticatedAt: number | undefined;
}

/** Where an approver is sent, and what it was asked with. */
export interface SignInRequest {
  /** `http://localhost:<port>` */
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  /** They have to prove who they are again, however lately they did. */
  readonly isFresh: boolean;
}

/** What redeems the answer to a sign-in. */
export interface BegunSignIn extends Pick<SignInRequest, 'redirectUri' | 'nonce'> {
  /** Of PKCE. */
  readonly verifier: string;
}

/**
 * The sign-in of approvers with Entra: authorization code with PKCE, to an app registration of its own.
 * All methods throw ToolError: AUTH_REQUIRED where the sign-in does not stand, NOT_PERMITTED where the person may not approve,
 * UPSTREAM or THROTTLED where Entra cannot be asked.
 */
export interface ApproverSignIn {
  /** Names what people sign in to: client id and tenant. Another one ends open sessions. */
  readonly name: string;
  /** The address to open in a browser, and the PKCE verifier that redeems what comes back. */
  begin(request: SignInRequest): Promise<{ readonly url: string; readonly verifier: string }>;
  /** Redeems what came back for the ID token. */
  redeem(code: string, begun: BegunSignIn): Promise<string>;
  /** Who an ID token speaks of, where Entra signed it for this tenant and app, and they may approve. Its age is not looked at. */
  verify(idToken: string): Promise<SignedInPerson>;
}
