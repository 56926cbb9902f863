import { type GraphPath, path } from '../../../contract/index.ts';
import type { Kept, Work, WorkOutcome } from '../../step.ts';
import type { Leaver } from '../leaver.ts';
import { itemsOf } from '../section.ts';
import { type OffboardingStep, outcomeAt, sent } from './acting.ts';

const needs = { permissions: ['UserAuthenticationMethod.ReadWrite.All'], guardsAdmins: true };

/** Each lets an app remove methods of one kind. [learn.microsoft.com/graph/permissions-reference] */
const kindPermissions = [
  'UserAuthMethod-Email.ReadWrite.All',
  'UserAuthMethod-MicrosoftAuthApp.ReadWrite.All',
  'UserAuthMethod-Passkey.ReadWrite.All',
  'UserAuthMethod-Phone.ReadWrite.All',
  'UserAuthMethod-PlatformCred.ReadWrite.All',
  'UserAuthMethod-SoftwareOATH.ReadWrite.All',
  'UserAuthMethod-TAP.ReadWrite.All',
  'UserAuthMethod-WindowsHello.ReadWrite.All',
];

interface Kind {
  readonly name: string;
  readonly at: (user: string, id: string) => GraphPath;
}

/** By the type that Graph gives a method. [learn.microsoft.com/graph/api/resources/authenticationmethods-overview] */
const kinds: Readonly<Record<string, Kind>> = {
  phone: { name: 'Phone', at: (user, id) => path`/users/${user}/authentication/phoneMethods/${id}` },
  email: { name: 'E-mail', at: (user, id) => path`/users/${user}/authentication/emailMethods/${id}` },
  fido2: { name: 'Passkey', at: (user, id) => path`/users/${user}/authentication/fido2Methods/${id}` },
  microsoftAuthenticator: {
    name: 'Microsoft Authenticator',
    at: (user, id) => path`/users/${user}/authentication/microsoftAuthenticatorMethods/${id}`,
  },
  softwareOath: {
    name: 'Software token',
    at: (user, id) => path`/users/${user}/authentication/softwareOathMethods/${id}`,
  },
  windowsHelloForBusiness: {
    name: 'Windows Hello for Business',
    at: (user, id) => path`/users/${user}/authentication/windowsHelloForBusinessMethods/${id}`,
  },
  platformCredential: {
    name: 'Platform credential',
    at: (user, id) => path`/users/${user}/authentication/platformCredentialMethods/${id}`,
  },
  temporaryAccessPass: {
    name: 'Temporary Access Pass',
    at: (user, id) => path`/users/${user}/authentication/temporaryAccessPassMethods/${id}`,
  },
  external: {
    name: 'External method',
    at: (user, id) => path`/users/${user}/authentication/externalAuthenticationMethods/${id}`,
  },
};

/** Takes every way to sign in but the password, which cannot be taken. What was registered cannot be given back. */
export const authMethods: OffboardingStep = {
  name: 'auth-methods',
  title: 'These authentication methods are removed, for good',
  lists: true,
  needs: () => [...needs.permissions, ...kindPermissions],
  todo: ({ authMethods: section, user }) => {
    if ('unread' in section) return { work: [], skip: section.unread };
    const methods = section.items
      .map((method) => ({ ...method, kind: kindOf(method['@odata.type']) }))
      .filter(({ kind }) => kind !== 'password');
    return {
      work: methods.flatMap(({ id, kind }): Work[] => {
        const name = kinds[kind]?.name;
        return name === undefined ? [] : [{ id, name, data: { kind, userId: user.id } }];
      }),
      kept: methods.flatMap(({ id, kind }): Kept[] =>
        kinds[kind] === undefined ? [{ id, name: kind, reason: 'Graph has no way to remove this kind' }] : [],
      ),
    };
  },
  act: async (work, { graph, facts, subject }) => {
    const remove = (some: readonly Work[]) =>
      sent(
        graph,
        some.flatMap(({ id }) => {
          const at = kinds[kindById(subject, id)]?.at(facts.user.id, id);
          return at === undefined ? [] : [{ kind: 'delete' as const, at }];
        }),
        needs,
      );
    const first = await remove(work);
    // The default method may be refused while there are others, so what was refused is tried once more (medium).
    const refused = work.filter((_, index) => isRefused(first[index]));
    if (refused.length === 0 || refused.length === work.length) return first;
    const second = await remove(refused);
    return work.map((one, index) => {
      const again = refused.indexOf(one);
      return outcomeAt(again < 0 ? first : second, again < 0 ? index : again);
    });
  },
};

function isRefused(outcome: WorkOutcome | undefined): boolean {
  return outcome?.ok === false && (outcome.error.code === 'CONFLICT' || outcome.error.code === 'INPUT_INVALID');
}

function kindById({ authMethods: section }: Leaver, id: string): string {
  return kindOf(itemsOf(section).find((method) => method.id === id)?.['@odata.type']);
}

/** `#microsoft.graph.phoneAuthenticationMethod` → `phone`. */
function kindOf(type: string | undefined): string {
  return /^#microsoft\.graph\.(\w+?)AuthenticationMethod$/.exec(type ?? '')?.[1] ?? 'unknown';
}
