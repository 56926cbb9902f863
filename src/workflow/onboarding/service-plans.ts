/**
 * Families of service plans of which nobody can have two, least first, by the names that Graph gives them. Graph has no
 * list of them; these are the ones that product families share. What is not here is refused by Graph when it is assigned.
 * [learn.microsoft.com/entra/fundamentals/concept-group-based-licensing#conflicting-service-plans]
 */
const exclusive: readonly (readonly string[])[] = [
  ['EXCHANGE_S_DESKLESS', 'EXCHANGE_S_STANDARD', 'EXCHANGE_S_ENTERPRISE'],
  ['SHAREPOINTDESKLESS', 'SHAREPOINTSTANDARD', 'SHAREPOINTENTERPRISE'],
];

/** A plan, and those of which it needs one. */
const needing: Readonly<Record<string, readonly string[]>> = {
  EXCHANGE_S_ARCHIVE_ADDON: ['EXCHANGE_S_STANDARD', 'EXCHANGE_S_ENTERPRISE', 'EXCHANGE_S_DESKLESS'],
};

/** A license and the names of its plans that are switched on. */
interface Bundle {
  readonly name: string;
  readonly plans: readonly string[];
}

/** Why these licenses cannot be held together, or undefined where nothing is known against it. */
export function planConflict(bundles: readonly Bundle[]): string | undefined {
  const giver = (plan: string) => bundles.find(({ plans }) => plans.includes(plan));
  for (const family of exclusive) {
    const [first, second] = family.flatMap((plan) => giver(plan) ?? []);
    if (first !== undefined && second !== undefined) return `${first.name} and ${second.name} exclude each other`;
  }
  for (const [plan, needed] of Object.entries(needing)) {
    const needy = giver(plan);
    if (needy !== undefined && !needed.some((one) => giver(one) !== undefined)) {
      return `${needy.name} needs another license with ${needed[0]} or the like beside it`;
    }
  }
  return undefined;
}
