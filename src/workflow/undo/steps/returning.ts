import { named } from '../../../contract/index.ts';
import type { Kept, Step, Todo, Work } from '../../step.ts';
import type { UndoFacts, UndoStepName } from '../facts.ts';
import type { Returner, Seen } from '../returner.ts';

/** A step of taking an offboarding back. */
export interface UndoStep extends Step<Returner, UndoFacts> {
  readonly name: UndoStepName;
}

/** Said of what someone has changed since: it is theirs now. */
export const changedSince = 'It has been changed since the offboarding';
const isGone = 'It does not exist any more';

/** A thing as it is now; or why it is left alone: it is gone, or cannot be read. */
export function seenAs<T>(things: Seen<T>, id: string): { readonly now: T } | { readonly reason: string } {
  const found = things.get(id) ?? { items: [] };
  if ('unread' in found) return { reason: found.unread };
  const [now] = found.items;
  return now === undefined ? { reason: isGone } : { now };
}

/** What is left of each thing, put together. */
export function todoOf(parts: readonly (Work | Kept | undefined)[]): Todo {
  return {
    work: parts.filter((part): part is Work => part !== undefined && !('reason' in part)),
    kept: parts.filter((part): part is Kept => part !== undefined && 'reason' in part),
  };
}

/** A thing that is left alone. */
export function keep({ id, name }: Pick<Work, 'id' | 'name'>, reason: string): Kept {
  return { id, name, reason };
}

/** The account itself, as work. */
export function accountOf({ user }: UndoFacts): Work {
  return { id: user.id, name: named(user) };
}
