import type { Observation } from '../contract/index.ts';

type Item = Observation['items'][number];

/** Most names that a plan shows; each of the rest is of a kind that was shown, and not privileged. */
const mostShown = 500;

/** The lists as a plan shows them: whole, or cut evenly where they are very long. What is privileged always shows. */
export function shownObservations(lists: readonly Observation[]): Observation[] {
  const total = lists.reduce((sum, { items }) => sum + items.length, 0);
  if (total <= mostShown) return [...lists];
  const each = Math.max(1, Math.floor(mostShown / lists.length));
  return lists.map((list) => {
    if (!list.all || list.items.length <= each) return list;
    const first = list.items.filter(({ privileged }) => privileged === true);
    const rest = list.items.filter(({ privileged }) => privileged !== true);
    const items = [...first, ...rest.slice(0, Math.max(0, each - first.length))];
    const hidden = rest.slice(items.length - first.length).filter(({ kept }) => kept === undefined).length;
    return { ...list, items, more: hidden };
  });
}

/** True where something privileged is in the lists now that was not shown. */
export function hasUnseenPrivilege(shown: readonly Observation[], now: readonly Observation[]): boolean {
  return coveredObservations(shown, now).some(({ items }) =>
    items.some(({ kept, privileged }) => kept === notShown && privileged === true),
  );
}

const notShown = 'It was not there when the plan was approved, and the plan does not cover it';

/**
 * The lists of a plan as they are now, with what its approval does not cover marked `kept`: a privileged item that the
 * approver did not see, and any other new one where the plan does not say `all`. Fewer than shown is fine.
 */
export function coveredObservations(shown: readonly Observation[], now: readonly Observation[]): Observation[] {
  return now.map((list) => {
    const approved = shown.find((other) => other.name === list.name && other.of === list.of);
    const seen = new Map((approved?.items ?? []).map((item) => [item.id, item]));
    const all = approved?.all === true && list.all;
    const covered = (item: Item) => {
      const before = seen.get(item.id);
      if (before !== undefined)
        return before.kept === undefined && (before.privileged === true || item.privileged !== true);
      return all && item.privileged !== true;
    };
    return {
      ...list,
      items: list.items.map((item) => (item.kept !== undefined || covered(item) ? item : { ...item, kept: notShown })),
    };
  });
}

/** Ids of everything in the lists that may be touched. */
export function observedIds(lists: readonly Observation[]): string[] {
  return lists.flatMap(({ items }) => items.filter(({ kept }) => kept === undefined).map(({ id }) => id));
}
