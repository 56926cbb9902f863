/** What a sign-in error of Entra means here, and what to do about it. */
export interface Refusal {
  /** Ends the sentence "Entra refused the sign-in: …". */
  readonly message: string;
  readonly fix: string;
}

const newSecret =
  'Make a new one under Certificates & secrets of the app registration and set AZURE_CLIENT_SECRET to its value, not to its id.';
const uploadCertificate =
  'Upload the certificate (without its key) under Certificates & secrets of the app registration AZURE_CLIENT_ID, or point AZURE_CLIENT_CERTIFICATE_PATH to the one that is there.';
const federation =
  'Make issuer, subject and audience of the federated credential of the app registration equal to those in the token of AZURE_FEDERATED_TOKEN_FILE.';
const consent =
  'An administrator grants it under API permissions of the app registration ("Grant admin consent"); `entra-mcp doctor` lists what each toolset needs.';
const conditionalAccess =
  'An administrator looks up the failed sign-in in the sign-in logs, where its Conditional Access tab names the policy, and exempts this app or meets the condition.';
const signInAgain = 'Sign in again: the next call starts it. The sign-in has to pass what the policy asks for.';
const clock =
  'Correct the clock of this machine (time synchronization). With a federated token, see that its issuer renews AZURE_FEDERATED_TOKEN_FILE.';
const tenant =
  'Check AZURE_TENANT_ID (Overview page of Entra), and ENTRA_MCP_CLOUD if the tenant is in a national cloud.';
const publicClient =
  'Turn on "Allow public client flows" under Authentication of the app registration, or sign in with a secret or certificate.';

/** [learn.microsoft.com/entra/identity-platform/reference-error-codes] */
const refusals: Readonly<Record<number, Refusal>> = {
  7000215: { message: 'the client secret is wrong', fix: newSecret },
  70002: { message: 'the client secret is wrong', fix: newSecret },
  7000222: { message: 'the client secret has expired', fix: newSecret },
  65001: { message: 'the app has no consent for what it asks', fix: consent },
  65004: {
    message: 'the user declined consent',
    fix: 'Sign in again and accept, or ask an administrator for consent.',
  },
  650056: { message: 'the app has no permission to Graph, or no consent', fix: consent },
  90094: { message: 'an administrator has to consent first', fix: consent },
  700016: {
    message: 'the app is not known in this tenant',
    fix: 'Check that AZURE_CLIENT_ID is the application (client) id, not the object id, and that AZURE_TENANT_ID is its tenant.',
  },
  7000229: {
    message: 'the app has no service principal in this tenant',
    fix: 'An administrator gives consent to the app in this tenant, or AZURE_TENANT_ID is set to the tenant that has it.',
  },
  90002: { message: 'the tenant does not exist in this cloud', fix: tenant },
  900023: { message: 'the tenant id is not valid', fix: tenant },
  50059: { message: 'no tenant could be told', fix: tenant },
  90038: { message: 'the tenant belongs to another cloud', fix: 'Set ENTRA_MCP_CLOUD to the cloud of the tenant.' },
  500011: { message: 'Graph of this cloud is not known in the tenant', fix: tenant },
  700027: { message: 'the certificate or its signature is not accepted', fix: uploadCertificate },
  50012: { message: 'the certificate is not accepted', fix: uploadCertificate },
  50013: { message: 'the assertion is not valid', fix: `${uploadCertificate} ${clock}` },
  1000502: { message: 'the certificate has expired', fix: `Make a new certificate. ${uploadCertificate}` },
  700024: { message: 'the assertion is not in its time of validity', fix: clock },
  500133: { message: 'the assertion is not in its time of validity', fix: clock },
  70021: { message: 'no federated credential of the app matches the token', fix: federation },
  700211: { message: 'no federated credential of the app has the issuer of the token', fix: federation },
  700212: { message: 'no federated credential of the app has the audience of the token', fix: federation },
  700213: { message: 'no federated credential of the app has the subject of the token', fix: federation },
  700025: { message: 'the app is a public client and takes no credential', fix: publicClient },
  7000218: { message: 'the app is not a public client', fix: publicClient },
  50011: {
    message: 'the app does not know the address that the browser returns to',
    fix: 'Add http://localhost as a redirect URI of the platform "Mobile and desktop applications" in the app registration.',
  },
  53000: { message: 'Conditional Access asks for a compliant device', fix: conditionalAccess },
  53001: { message: 'Conditional Access asks for a domain-joined device', fix: conditionalAccess },
  53003: { message: 'Conditional Access blocks it', fix: conditionalAccess },
  530035: { message: 'security defaults block it', fix: conditionalAccess },
  50072: { message: 'the user has to set up multifactor authentication', fix: signInAgain },
  50074: { message: 'multifactor authentication is needed', fix: signInAgain },
  50076: { message: 'multifactor authentication is needed', fix: signInAgain },
  50078: { message: 'multifactor authentication has expired', fix: signInAgain },
  50079: { message: 'the user has to set up multifactor authentication', fix: signInAgain },
  50158: { message: 'another sign-in check is needed', fix: signInAgain },
  50173: { message: 'the sign-in was revoked', fix: signInAgain },
  70008: { message: 'the sign-in has expired', fix: signInAgain },
  70043: { message: 'the sign-in has expired', fix: signInAgain },
  700082: { message: 'the sign-in has expired', fix: signInAgain },
  70019: { message: 'the device code has expired', fix: 'Call again for a new code, and enter it in time.' },
  70020: { message: 'the device code has expired', fix: 'Call again for a new code, and enter it in time.' },
  7000112: {
    message: 'the app is disabled',
    fix: 'An administrator enables its service principal: Enterprise applications, Properties, "Enabled for users to sign-in".',
  },
  70001: {
    message: 'the app is disabled',
    fix: 'An administrator enables its service principal (Enterprise applications).',
  },
  50057: {
    message: 'the user account is disabled',
    fix: 'Sign in with another account, or have an administrator enable it.',
  },
  50055: { message: 'the password of the user has expired', fix: 'Change the password, then sign in again.' },
  50105: {
    message: 'the user is not assigned to the app',
    fix: 'An administrator assigns the user under Enterprise applications, Users and groups.',
  },
  50020: { message: 'the user is not of this tenant', fix: 'Sign in with an account of the tenant AZURE_TENANT_ID.' },
  50034: { message: 'the user is not of this tenant', fix: 'Sign in with an account of the tenant AZURE_TENANT_ID.' },
};

/** What the number means, if it is one of those above. */
export function refusalOf(aadsts: number): Refusal | undefined {
  return refusals[aadsts];
}

/** The service asks for fewer requests. */
export function isThrottle(aadsts: number | undefined): boolean {
  return aadsts === 50196 || aadsts === 90055;
}
