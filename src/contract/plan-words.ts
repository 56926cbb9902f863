import type { PlanView } from './plan.ts';

/** What a risk means, for whoever approves. */
export const riskMeanings: Readonly<Record<PlanView['risk'][number], string>> = {
  write: 'changes data and gives nobody access',
  grant: 'gives access, or a way to take an account over',
  destructive: 'takes access or data away; it can be restored',
  irreversible: 'cannot be taken back',
};

/** One object that a plan touches, in words; who draws it gives them a shape. */
export interface TargetWords {
  readonly kind: string;
  readonly name: string;
  /** What the plan does to it: `takes access from it`. */
  readonly touch: string;
  /** What else is known. `isGrave`: power over the directory, or the danger of a mix-up. */
  readonly facts: readonly (readonly [name: string, value: string, isGrave: boolean])[];
}

const touches: Readonly<Record<string, string>> = {
  takeover: 'gives a way into it',
  takeaway: 'takes access from it',
  change: 'changes it',
};

/** What is known first; whatever else a target says comes after it, so that nothing is left out. */
const order = [
  'userPrincipalName',
  'id',
  'accountEnabled',
  'jobTitle',
  'department',
  'manager',
  'createdDateTime',
  'userType',
  'onPremisesSyncEnabled',
  'privileged',
  'privilegedBecause',
  'lookalikes',
];

/** A target of a plan's view, as the server read it. */
export function targetWords({ kind, name, touch, ...rest }: Readonly<Record<string, unknown>>): TargetWords {
  const keys = [...new Set([...order, ...Object.keys(rest).sort()])].filter((key) => key in rest);
  return {
    kind: valueWords(kind),
    name: valueWords(name ?? rest['userPrincipalName'] ?? rest['id']),
    touch: touches[String(touch)] ?? 'touches it',
    facts: keys.map((key) => {
      const value = valueWords(rest[key]);
      const isGrave = key === 'privileged' ? value !== 'no' : key === 'privilegedBecause' || key === 'lookalikes';
      return [key, value, isGrave];
    }),
  };
}

function valueWords(value: unknown): string {
  if (value === null || value === undefined) return '(not set)';
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.map(valueWords).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
