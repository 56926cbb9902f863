import type { DirectoryQuery } from '../../../src/contract/index.ts';
import { examplesFor } from '../../../src/directory/description.ts';
import { optionalFields, selectionOf } from '../../../src/directory/selection.ts';
import type { Facts } from './facts.ts';

/** What the tenant was at each sync, and when that was. */
export interface Story {
  /** At the last sync. */
  readonly facts: Facts;
  /** What changed from one sync to the next: told by the mirror at `time`. */
  readonly chapters: readonly { readonly before: Facts; readonly after: Facts; readonly time: string }[];
  /** When the questions are asked, in milliseconds. */
  readonly now: number;
}

export type Row = Readonly<Record<string, unknown>>;

/** What somebody wants to know, how it is asked in SQL, and how the answer is found without a mirror. */
export interface Question {
  readonly question: string;
  readonly sql: string;
  readonly params?: DirectoryQuery['params'];
  /** In any order, unless `isOrdered`. */
  answer(story: Story): readonly Row[];
  readonly isOrdered?: true;
}

const examples = examplesFor(selectionOf(optionalFields));

/** The SQL of an example that describe_directory gives. */
export function exampleOf(question: string): Pick<Question, 'question' | 'sql'> {
  const found = examples.find((example) => example.question === question);
  if (found === undefined) throw new Error(`No example asks: ${question}`);
  return found;
}

/** So many days before `now`, as Graph writes moments. */
export function daysBefore(now: number, days: number): string {
  return new Date(now - days * 86_400_000).toISOString().replace('.000Z', 'Z');
}

/** How many items there are of each key, in the order of their first. */
export function counted<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}

/** Text as SQLite orders it: by its code points, null first. */
export function ascending(a: string | null, b: string | null): number {
  if (a === b) return 0;
  return (a ?? '') < (b ?? '') ? -1 : 1;
}
