import type { FollowUp, UndoRequest } from '../../contract/index.ts';
import type { Closing, Definition } from '../definition.ts';
import type { WorkflowParts } from '../parts.ts';
import { draftUndo, originalOf, referencesOf, targetsOf } from './draft.ts';
import { type UndoFacts, undoFacts } from './facts.ts';
import { type Returner, readReturner } from './returner.ts';
import { stepsOf } from './steps/index.ts';
import { type Taken, takenBy } from './taken.ts';

/** Takes an offboarding back: exactly what its journal says was done, where it still is as the run left it. */
export function undoDefinition(parts: WorkflowParts): Definition<UndoRequest, UndoFacts, Returner> {
  /** What the offboarding took, for `references`, which is asked after the subject was read. */
  const taken = new WeakMap<Returner, readonly Taken[]>();
  return {
    kind: 'undo',
    facts: undoFacts,
    draft: (request, context) => draftUndo(parts, request, context),
    subjectId: ({ user }) => user.id,
    userOf: ({ user }) => user,
    undoes: ({ runId }) => runId,
    stepPlan: async (facts) => {
      const original = await originalOf(parts, facts.runId);
      return {
        steps: stepsOf(facts, original.facts, original.taken),
        read: async (graph) => {
          const returner = await readReturner(graph, original.facts, original.taken);
          taken.set(returner, original.taken);
          return returner;
        },
        close: ({ leaver }) => closingOf(original.taken, leaver?.user.accountEnabled),
      };
    },
    targets: targetsOf,
    references: (facts, returner) => referencesOf(facts, returner, taken.get(returner) ?? []),
  };
}

function closingOf(taken: readonly Taken[], accountEnabled: boolean | null | undefined): Closing {
  const roles = takenBy(taken, 'directory-roles').map(({ work }) => work.name);
  const methods = takenBy(taken, 'auth-methods').map(({ work }) => work.name);
  const followUps: FollowUp[] = [
    ...(roles.length === 0
      ? []
      : [{ what: `Directory roles are never given back here. They had: ${roles.join(', ')}` }]),
    ...(methods.length === 0
      ? []
      : [{ what: `They register their authentication methods again: ${methods.join(', ')}` }]),
  ];
  return { followUps, ...(accountEnabled == null ? {} : { blocked: !accountEnabled }) };
}
