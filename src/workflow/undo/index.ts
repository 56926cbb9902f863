import type { FollowUp, UndoRequest } from '../../contract/index.ts';
import type { Closing, Definition } from '../definition.ts';
import type { WorkflowParts } from '../parts.ts';
import { draftUndo, type Original, originalOf, referencesOf, targetsOf } from './draft.ts';
import { type UndoFacts, undoFacts } from './facts.ts';
import { type Returner, readReturner } from './returner.ts';
import { stepsOf } from './steps/index.ts';
import { type Taken, takenBy } from './taken.ts';

/** Takes an offboarding back: exactly what its journal says was done, where it still is as the run left it. */
export function undoDefinition(parts: WorkflowParts): Definition<UndoRequest, UndoFacts, Returner> {
  /** The offboarding, for `targets` and `references`, which are asked after the subject was read. */
  const originals = new WeakMap<Returner, Original>();
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
          originals.set(returner, original);
          return returner;
        },
        close: ({ leaver }) => closingOf(original.taken, leaver?.user.accountEnabled),
      };
    },
    targets: (facts, returner) => targetsOf(facts, returner, known(originals, returner).facts),
    references: (facts, returner) => referencesOf(facts, returner, known(originals, returner).taken),
  };
}

function known(originals: WeakMap<Returner, Original>, returner: Returner): Original {
  const original = originals.get(returner);
  if (original === undefined) throw new TypeError('The subject of an undo is read by its own step plan');
  return original;
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
