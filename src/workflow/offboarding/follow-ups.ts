import type { FollowUp } from '../../contract/index.ts';
import type { Decisions } from '../definition.ts';
import type { StepRecord } from '../step-record.ts';
import { heirOf, type OffboardingFacts } from './facts.ts';
import type { Leaver } from './leaver.ts';
import { handedOverSecrets, type Leftovers, leftoversBefore, leftoversOf } from './leftovers.ts';

/** Most things that one follow-up names. */
const mostNamed = 50;

/**
 * A PowerShell string that means exactly this text. PowerShell takes typographic quotes for plain ones, so they are doubled
 * alike. [learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules]
 */
export function quoted(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
  return `'${line.replace(/['\u2018\u2019\u201A\u201B]/g, (quote) => quote + quote)}'`;
}

/** What is left to people, of what applies to this leaver. */
export function followUpsOf(
  leaver: Leaver,
  facts: OffboardingFacts,
  records: readonly StepRecord[],
  decisions: Decisions,
): FollowUp[] {
  const left = leaver.isDeleted ? (leftoversBefore(records) ?? leftoversOf(leaver)) : leftoversOf(leaver);
  return [
    ...adFollowUps(leaver, facts, left),
    ...(leaver.isDeleted ? deletedMailboxFollowUps(facts) : mailboxFollowUps(facts, decisions)),
    ...mailGroupFollowUps(facts, left),
    ...appFollowUps(facts, left, records),
    ...deviceFollowUps(left),
  ];
}

function adFollowUps({ user }: Leaver, facts: OffboardingFacts, left: Leftovers): FollowUp[] {
  if (!facts.user.isSynced) return [];
  const identity = quoted(
    user.onPremisesSamAccountName ?? user.onPremisesDistinguishedName ?? facts.user.userPrincipalName,
  );
  const groups = left.adGroups.slice(0, mostNamed);
  return [
    {
      what: 'Disable the account in Active Directory: until then the next sync can enable it again.',
      commands: [`Disable-ADAccount -Identity ${identity}`],
    },
    {
      what: 'Reset its password in Active Directory, twice, so that no old one works.',
      commands: [
        `Set-ADAccountPassword -Identity ${identity} -Reset -NewPassword (Read-Host -AsSecureString)`,
        `Set-ADAccountPassword -Identity ${identity} -Reset -NewPassword (Read-Host -AsSecureString)`,
      ],
    },
    ...(groups.length === 0
      ? []
      : [
          {
            what: 'End the memberships in groups that are synced from Active Directory.',
            commands: groups.map(
              ({ name, samAccountName }) =>
                `Remove-ADGroupMember -Identity ${quoted(samAccountName ?? name)} -Members ${identity} -Confirm:$false`,
            ),
          },
        ]),
  ];
}

function mailboxFollowUps(facts: OffboardingFacts, { mailbox }: Decisions): FollowUp[] {
  if (!facts.losesMailbox) return [];
  const identity = quoted(facts.user.userPrincipalName);
  const heir = heirOf(facts);
  if (mailbox === 'released') return [];
  const isOpen = mailbox === undefined && facts.waits;
  const access =
    heir === undefined
      ? []
      : [
          {
            what: `Give ${heir.userPrincipalName} the mailbox, or forward its mail.`,
            commands: [
              `Add-MailboxPermission -Identity ${identity} -User ${quoted(heir.userPrincipalName)} -AccessRights FullAccess`,
              `Set-Mailbox -Identity ${identity} -ForwardingAddress ${quoted(heir.userPrincipalName)} -DeliverToMailboxAndForward $true`,
            ],
          },
        ];
  if (mailbox === 'shared') return access;
  return [
    {
      what: isOpen
        ? "Convert the mailbox to a shared one while it has its license, then call resume_run with mailbox: 'shared'; or with 'released' to let it go."
        : 'Keep the mail while it can be kept: within 30 days give the license back, and convert the mailbox to a shared one.',
      commands: [`Set-Mailbox -Identity ${identity} -Type Shared`],
    },
    {
      what: 'Where mail must be kept for law: put it on litigation hold before the license is gone.',
      commands: [`Set-Mailbox -Identity ${identity} -LitigationHoldEnabled $true`],
    },
    ...access,
  ];
}

/** A mailbox goes with its account: what is kept for 30 days is reached by its own ids alone. [learn.microsoft.com/exchange/recipients-in-exchange-online/delete-or-restore-mailboxes] */
function deletedMailboxFollowUps(facts: OffboardingFacts): FollowUp[] {
  if (!facts.losesMailbox) return [];
  const heir = heirOf(facts);
  const source = `(Get-Mailbox -SoftDeletedMailbox -Identity ${quoted(facts.user.userPrincipalName)}).ExchangeGuid.Guid`;
  const target = heir === undefined ? "(Read-Host 'Mailbox that gets the mail')" : quoted(heir.userPrincipalName);
  return [
    {
      what: 'The mailbox went with the account. To keep its mail, copy it within 30 days into the mailbox of someone else; undo_offboarding brings back both.',
      commands: [
        `New-MailboxRestoreRequest -SourceMailbox ${source} -TargetMailbox ${target} -TargetRootFolder ${quoted(`Mail of ${facts.user.userPrincipalName}`)} -AllowLegacyDNMismatch`,
      ],
    },
  ];
}

function mailGroupFollowUps({ user }: OffboardingFacts, { mailGroups }: Leftovers): FollowUp[] {
  if (mailGroups.length === 0) return [];
  const member = quoted(user.userPrincipalName);
  return [
    {
      what: 'End the memberships that Exchange keeps: distribution lists and mail-enabled security groups.',
      commands: mailGroups
        .slice(0, mostNamed)
        .map(
          ({ name, mail }) =>
            `Remove-DistributionGroupMember -Identity ${quoted(mail ?? name)} -Member ${member} -Confirm:$false`,
        ),
    },
  ];
}

function appFollowUps({ steps }: OffboardingFacts, { apps }: Leftovers, records: readonly StepRecord[]): FollowUp[] {
  if (!steps.includes('ownerships')) return [];
  const secrets = [...apps.filter((app) => app.secrets.length > 0), ...handedOverSecrets(records)];
  return [
    ...(apps.length === 0
      ? []
      : [
          {
            what: `Find new owners for these apps, which the leaver still owns: ${namesOf(apps)}.`,
            commands: apps.slice(0, mostNamed).map(newOwnerCommand),
          },
        ]),
    ...(secrets.length === 0
      ? []
      : [
          {
            what: `Replace the credentials that the leaver could have kept: ${secrets
              .slice(0, mostNamed)
              .map(({ name, secrets: of }) => `${name}: ${of.join(', ')}`)
              .join('; ')}.`,
          },
        ]),
  ];
}

/** Asks for the new owner's object id. [learn.microsoft.com/powershell/module/microsoft.graph.applications/new-mgapplicationownerbyref] */
function newOwnerCommand({ id, name, kind }: Leftovers['apps'][number]): string {
  const question = quoted(`Object id of the new owner of ${name}`);
  const [noun, key] =
    kind === 'application' ? ['Application', 'ApplicationId'] : ['ServicePrincipal', 'ServicePrincipalId'];
  const endpoint = '(Get-MgEnvironment -Name (Get-MgContext).Environment).GraphEndpoint';
  return `New-Mg${noun}OwnerByRef -${key} ${quoted(id)} -OdataId (${endpoint} + '/v1.0/directoryObjects/' + (Read-Host ${question}))`;
}

function deviceFollowUps({ managedDevices, syncedDevices }: Leftovers): FollowUp[] {
  return [
    ...(managedDevices.length === 0
      ? []
      : [{ what: `Retire or wipe the managed devices in Intune: ${namesOf(managedDevices)}.` }]),
    ...(syncedDevices.length === 0
      ? []
      : [
          {
            what: 'Disable these devices in Active Directory too: the next sync can enable them again.',
            commands: syncedDevices
              .slice(0, mostNamed)
              .map(({ name }) => `Get-ADComputer ${quoted(name)} | Disable-ADAccount`),
          },
        ]),
  ];
}

function namesOf(things: readonly { readonly name: string }[]): string {
  const more = things.length - mostNamed;
  const named = things.slice(0, mostNamed).map(({ name }) => name);
  return more > 0 ? `${named.join(', ')} and ${more} more` : named.join(', ');
}
