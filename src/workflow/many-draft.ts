import { type Json, type PlanDraft, riskSet, type Target } from '../contract/index.ts';
import type { DefinedDraft, RunFacts } from './definition.ts';

/** The plan for one of many, and who that is. */
export interface OneDraft<Facts, Subject> extends DefinedDraft<Subject> {
  readonly facts: Facts;
  /** Whom it is about: the object id, and the name. */
  readonly id: string;
  readonly who: string;
}

/** The plan for all, said with the words of the plans for each. */
export function mergedDraft<Facts extends RunFacts, Subject>(
  drafts: readonly OneDraft<Facts, Subject>[],
  summary: string,
): PlanDraft<Json> {
  const risk = riskSet(...drafts.flatMap(({ facts }) => facts.risk)).filter((one) => one !== 'read');
  const [first] = drafts;
  const effects = drafts.map(({ who, draft, personal = [] }) => ({ who, said: draft.effects, personal }));
  const warnings = drafts.map((one) => {
    const said = [...(one.draft.warnings ?? []), ...(takesOver(one, drafts) ? [takeoverByOneOfThem] : [])];
    return { who: one.who, said, personal: said };
  });
  return {
    summary,
    effects: ['Each is a run of its own: one that fails stops no other', ...saidOnce(effects)],
    warnings: saidOnce(warnings),
    undo: 'undo_offboarding, for each run',
    targets: uniqueTargets(drafts.flatMap(({ draft }) => draft.targets)),
    references: [...new Set(drafts.flatMap(({ draft }) => draft.references ?? []))],
    observations: drafts.flatMap(({ who, draft }) => (draft.observations ?? []).map((list) => ({ ...list, of: who }))),
    raise: risk,
    ...(drafts.every(({ draft }) => draft.containment === true) ? { containment: true } : {}),
    facts: {
      steps: [],
      risk,
      ...(first?.facts.startAt === undefined ? {} : { startAt: first.facts.startAt }),
      runs: drafts.map(({ draft }) => draft.facts),
    },
  };
}

const takeoverByOneOfThem =
  'To take over from someone in this plan, and in it themselves: set another manager for those first';

/** True for one of them who is to take over from another. */
function takesOver<Facts, Subject>(
  { id }: OneDraft<Facts, Subject>,
  drafts: readonly OneDraft<Facts, Subject>[],
): boolean {
  return drafts.some((other) => other.id !== id && other.draft.references?.includes(id) === true);
}

interface Said {
  readonly who: string;
  readonly said: readonly string[];
  /** Those of them that name whom they are about, though all should have the same. */
  readonly personal: readonly string[];
}

/** Each sentence once, in the order they are met: what holds for all as it is, the rest after the names of whom it is true. */
function saidOnce(people: readonly Said[]): string[] {
  const whose = new Map<string, { readonly who: string[]; isPersonal: boolean }>();
  for (const { who, said, personal } of people) {
    for (const sentence of new Set(said)) {
      const known = whose.get(sentence) ?? { who: [], isPersonal: false };
      known.who.push(who);
      known.isPersonal ||= personal.includes(sentence);
      whose.set(sentence, known);
    }
  }
  const all = [...whose].map(([sentence, { who, isPersonal }]) => {
    const isShared = !isPersonal && who.length === people.length;
    return { isShared, text: isShared ? sentence : `${who.join(', ')}: ${sentence}` };
  });
  return [...all.filter(({ isShared }) => isShared), ...all.filter(({ isShared }) => !isShared)].map(
    ({ text }) => text,
  );
}

/** One entry for each object; what takes access outweighs a mere change. */
export function uniqueTargets(targets: readonly Target[]): Target[] {
  const order: Record<Target['touch'], number> = { change: 0, takeaway: 1, takeover: 2 };
  const unique = new Map<string, Target>();
  for (const target of targets) {
    const known = unique.get(target.id);
    if (known === undefined || order[target.touch] > order[known.touch]) unique.set(target.id, target);
  }
  return [...unique.values()];
}
