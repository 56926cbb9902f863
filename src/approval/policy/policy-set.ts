import type { DetailedError, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import { z } from 'zod';
import { isGuid } from '../../contract/index.ts';
import { nearest } from '../../contract/nearest.ts';
import type { Cedar } from './cedar.ts';
import { type NamedPolicy, type PolicyRule, policyRules } from './rule.ts';

/** One policy of the file, understood. */
export interface Policy extends NamedPolicy {
  readonly rule: PolicyRule;
  /** Where it begins, from 1. */
  readonly line: number;
  /** Its own text, annotations included. */
  readonly text: string;
  readonly json: PolicyJson;
}

/** Something about a place in the file. */
export interface PolicyRemark {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** What a file of policies says. With a problem it is not followed at all. */
export interface PolicySet {
  readonly policies: readonly Policy[];
  readonly problems: readonly PolicyRemark[];
  readonly warnings: readonly PolicyRemark[];
}

/** Reads a file of policies, and checks it against the schema. */
export function readPolicySet(text: string, schema: string, cedar: Cedar): PolicySet {
  const parsed = cedar.checkParsePolicySet({ staticPolicies: text });
  if (parsed.type === 'failure') return { policies: [], problems: remarksOf(parsed.errors, text), warnings: [] };
  const placed = placedPolicies(text, cedar);
  if ('problems' in placed) return { policies: [], problems: placed.problems, warnings: [] };
  const read = placed.found.map((one) => policyOf(one, cedar));
  const policies = read.flatMap(({ policy }) => (policy === undefined ? [] : [policy]));
  const checked = cedar.validate({ schema, policies: { staticPolicies: text } });
  if (checked.type === 'failure') return { policies: [], problems: remarksOf(checked.errors, text), warnings: [] };
  const problems = [
    ...remarksOf(
      checked.validationErrors.map(({ error }) => error),
      text,
    ),
    ...read.flatMap((one) => one.problems),
    ...repeatedIds(policies),
  ];
  const warnings = [
    ...remarksOf(
      checked.validationWarnings.map(({ error }) => error),
      text,
    ),
    ...policies.flatMap(unconditional),
  ];
  return { policies, problems: inOrder(problems), warnings: inOrder(warnings) };
}

interface Placed {
  readonly text: string;
  readonly line: number;
}

/** Each policy with its line. Cedar answers them sorted by ids that it makes: policy0, policy1, policy10, policy2. */
function placedPolicies(
  text: string,
  cedar: Cedar,
): { readonly found: readonly Placed[] } | { readonly problems: readonly PolicyRemark[] } {
  const parts = cedar.policySetTextToParts(text);
  if (parts.type === 'failure') return { problems: remarksOf(parts.errors, text) };
  const [template] = parts.policy_templates;
  if (template !== undefined) {
    const at = placeOf(text, Math.max(0, text.indexOf(template)));
    return {
      problems: [{ ...at, message: 'a policy with ?principal or ?resource is a template, and nothing fills it' }],
    };
  }
  const ids = parts.policies.map((_, i) => i).sort((a, b) => (`policy${a}` < `policy${b}` ? -1 : 1));
  const ordered = parts.policies
    .map((part, i) => ({ part, at: ids[i] ?? i }))
    .sort((a, b) => a.at - b.at)
    .map(({ part }) => part);
  let from = 0;
  const found = ordered.map((part) => {
    const at = text.indexOf(part, from);
    if (at >= 0) from = at + part.length;
    return { text: part, line: placeOf(text, Math.max(at, 0)).line };
  });
  return { found };
}

const annotations = z.record(z.string(), z.string().nullish()).optional();

const known = ['id', 'rule', 'reason'];

/** What the annotations make of a policy. A misspelt one must not be a hole, so that no other is taken. */
function policyOf(
  { text, line }: Placed,
  cedar: Cedar,
): { readonly policy: Policy | undefined; readonly problems: readonly PolicyRemark[] } {
  const answer = cedar.policyToJson(text);
  if (answer.type === 'failure')
    return { policy: undefined, problems: remarksOf(answer.errors, text).map((one) => ({ ...one, line })) };
  const { json } = answer;
  const said = annotations.parse(json.annotations) ?? {};
  const id = said['id'] ?? '';
  const rule = ruleOf(json, said['rule'] ?? undefined);
  const messages = [
    ...Object.keys(said).flatMap((name) => (known.includes(name) ? [] : [unknownAnnotation(name)])),
    ...(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(id) ? [] : [withoutId]),
    ...('problem' in rule ? [rule.problem] : []),
    ...misspeltIds(json),
  ];
  const reason = said['reason'] ?? undefined;
  const isFit = messages.length === 0 && 'rule' in rule;
  return {
    policy: isFit
      ? { id, rule: rule.rule, line, text, json, ...(reason === undefined || reason === '' ? {} : { reason }) }
      : undefined,
    problems: messages.map((message) => ({ line, column: 1, message })),
  };
}

const withoutId = 'a policy needs @id("…"), letters, digits, dots and dashes: the audit trail names it so';

function unknownAnnotation(name: string): string {
  const like = nearest(name, known);
  return `@${name} means nothing here${like === undefined ? '' : `; is it @${like}?`}`;
}

/** A permit says by its rule that it loosens; a forbid how far it goes, and without a rule all the way. */
function ruleOf(
  { effect }: PolicyJson,
  said: string | undefined,
): { readonly rule: PolicyRule } | { readonly problem: string } {
  const rule = policyRules.find((one) => one === (said ?? (effect === 'forbid' ? 'deny' : undefined)));
  const forOthers = policyRules.filter((one) => one !== 'without-approval');
  const choices = forOthers.map((one) => `@rule("${one}")`).join(', ');
  if (effect === 'permit' && rule !== 'without-approval')
    return { problem: 'a permit takes the human away, and has to say so with @rule("without-approval")' };
  if (effect === 'forbid' && (rule === undefined || rule === 'without-approval'))
    return { problem: `a forbid takes ${choices}; without a rule it denies` };
  return rule === undefined ? { problem: 'is neither permit nor forbid' } : { rule };
}

/** Ids that nothing can have: Graph writes object ids in small letters, and Cedar compares them as they are. */
function misspeltIds(json: PolicyJson): string[] {
  return [...entitiesIn(json)].flatMap(({ type, id }) => {
    if (!['User', 'Group', 'Tenant'].includes(type) || (isGuid(id) && id === id.toLowerCase())) return [];
    return [`${type}::${JSON.stringify(id)} can be nobody: it takes an object id, a GUID in small letters`];
  });
}

/** Every entity that a policy names. */
function* entitiesIn(value: unknown): Generator<{ readonly type: string; readonly id: string }> {
  if (typeof value !== 'object' || value === null) return;
  if ('type' in value && 'id' in value && typeof value.type === 'string' && typeof value.id === 'string')
    yield { type: value.type, id: value.id };
  for (const inner of Object.values(value)) yield* entitiesIn(inner);
}

function unconditional({ rule, line, json: { resource, conditions }, id }: Policy): PolicyRemark[] {
  const isScoped = resource.op === '==' || resource.op === 'in' || 'in' in resource;
  if (rule !== 'without-approval' || isScoped || conditions.length > 0) return [];
  return [{ line, column: 1, message: `${id} loosens without any condition: for everybody whom its tools can touch` }];
}

function repeatedIds(policies: readonly Policy[]): PolicyRemark[] {
  const first = new Map<string, number>();
  return policies.flatMap(({ id, line }) => {
    const before = first.get(id);
    first.set(id, before ?? line);
    return before === undefined ? [] : [{ line, column: 1, message: `@id("${id}") stands in line ${before} already` }];
  });
}

function remarksOf(errors: readonly DetailedError[], text: string): PolicyRemark[] {
  const bytes = Buffer.from(text, 'utf8');
  return errors.flatMap((error) => {
    const [place] = error.sourceLocations ?? [];
    const before = bytes.subarray(0, place?.start ?? 0).toString('utf8');
    const label = place?.label ?? error.help;
    const message = `${plain(error.message)}${label === null || label === undefined ? '' : ` (${plain(label)})`}`;
    return [{ ...placeOf(text, before.length), message }, ...remarksOf(error.related ?? [], text)];
  });
}

/** Without the ids that Cedar makes, which stand nowhere in the file. */
function plain(message: string): string {
  return message.replace(/^for policy `[^`]*`[,:] /, '').replace(/^failed to parse policies from string: /, '');
}

function placeOf(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at);
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n') };
}

/** By place, each once: Cedar tells some twice in other words, and those stay. */
function inOrder(remarks: readonly PolicyRemark[]): PolicyRemark[] {
  const unique = new Map(remarks.map((one) => [`${one.line}:${one.column}:${one.message}`, one]));
  return [...unique.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}
