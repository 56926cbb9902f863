import { z } from 'zod';
import type { StepRecord } from '../step-record.ts';
import type { Application } from './graph-objects.ts';
import type { Leaver } from './leaver.ts';
import { isOfExchange, nameOf } from './memberships.ts';
import { itemsOf } from './section.ts';
import { ownershipData, secretsOf } from './steps/ownerships.ts';

const thing = z.object({ id: z.string(), name: z.string() });

/** What Graph leaves behind of a leaver, and people see to. */
const leftovers = z.object({
  /** Distribution lists and mail-enabled security groups, with their mail addresses. */
  mailGroups: z.array(thing.extend({ mail: z.string().nullable() })),
  adGroups: z.array(thing.extend({ samAccountName: z.string().nullable() })),
  apps: z.array(thing.extend({ kind: z.enum(['application', 'servicePrincipal']), secrets: z.array(z.string()) })),
  managedDevices: z.array(thing),
  syncedDevices: z.array(thing),
});
export type Leftovers = z.output<typeof leftovers>;

/** What is left of someone as they were read. */
export function leftoversOf(leaver: Leaver): Leftovers {
  const groups = [
    ...new Map([...itemsOf(leaver.groups), ...itemsOf(leaver.ownedGroups)].map((one) => [one.id, one])).values(),
  ];
  const devices = itemsOf(leaver.devices).map((one) => ({ ...one, name: one.displayName ?? one.id }));
  const listed = ({ id, name }: { id: string; name: string }) => ({ id, name });
  return {
    mailGroups: groups
      .filter((group) => isOfExchange(group) && group.onPremisesSyncEnabled !== true)
      .map((group) => ({ id: group.id, name: nameOf(group), mail: group.mail ?? null })),
    adGroups: groups
      .filter(({ onPremisesSyncEnabled }) => onPremisesSyncEnabled === true)
      .map((group) => ({ id: group.id, name: nameOf(group), samAccountName: group.onPremisesSamAccountName ?? null })),
    apps: [
      ...itemsOf(leaver.applications).map((app) => appLeft('application', app)),
      ...itemsOf(leaver.servicePrincipals).map((app) => appLeft('servicePrincipal', app)),
    ],
    managedDevices: devices.filter(({ isManaged }) => isManaged === true).map(listed),
    syncedDevices: devices.filter(({ onPremisesSyncEnabled }) => onPremisesSyncEnabled === true).map(listed),
  };
}

function appLeft(kind: Leftovers['apps'][number]['kind'], app: Application): Leftovers['apps'][number] {
  return { id: app.id, name: app.displayName ?? app.id, kind, secrets: secretsOf(app) };
}

const kept = z.object({ leftovers });

/** What was left when the account was deleted, less what this run had handed over: nothing of it can be read since. */
export function leftoversBefore(records: readonly StepRecord[]): Leftovers | undefined {
  const [deletion] = records.find(({ step }) => step === 'delete')?.past?.begun ?? [];
  if (deletion === undefined) return undefined;
  const { leftovers: before } = kept.parse(deletion.data);
  const handedOver = records.find(({ step }) => step === 'ownerships')?.past?.done ?? [];
  return { ...before, apps: before.apps.filter(({ id }) => !handedOver.includes(id)) };
}

/** Secrets of apps that were handed over in this run. */
export function handedOverSecrets(
  records: readonly StepRecord[],
): { readonly name: string; readonly secrets: readonly string[] }[] {
  const record = records.find(({ step }) => step === 'ownerships');
  return (record?.past?.begun ?? []).flatMap(({ name, data }) => {
    const { secrets } = ownershipData.parse(data);
    return secrets.length === 0 ? [] : [{ name, secrets }];
  });
}
