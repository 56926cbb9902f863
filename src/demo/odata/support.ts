import { badRequest, needsAdvanced, unsupportedFilter } from '../errors.ts';
import type { Comparison, Filter, Literal } from './filter.ts';
import { canonicalProperty, type OperatorSupport, type PropertyType, type Resource, type Support } from './resource.ts';

/** How a request stands towards advanced queries. */
interface QueryMode {
  /** ConsistencyLevel: eventual and $count=true are both there. */
  readonly advanced: boolean;
}

const longestLiteral = 120;
const mostValues = 15;
const partTypes: Readonly<Record<string, PropertyType>> = {
  'assignedLicenses/*/skuId': 'guid',
  'assignedPlans/*/servicePlanId': 'guid',
  'passwordProfile/forceChangePasswordNextSignIn': 'boolean',
  'passwordProfile/forceChangePasswordNextSignInWithMfa': 'boolean',
  'signInActivity/lastSignInDateTime': 'dateTime',
  'status/errorCode': 'number',
  'signInActivity/lastNonInteractiveSignInDateTime': 'dateTime',
  'signInActivity/lastSuccessfulSignInDateTime': 'dateTime',
};
const edmNames: Readonly<Record<Literal['type'], string>> = {
  string: 'Edm.String',
  guid: 'Edm.Guid',
  dateTime: 'Edm.DateTimeOffset',
  number: 'Edm.Int32',
  boolean: 'Edm.Boolean',
  null: 'null',
};

/**
 * Checks a filter against the operator table and gives it back with properties spelled as Graph does.
 * Throws Request_UnsupportedQuery where an operator needs an advanced query or does not exist, Request_BadRequest on wrong types.
 */
export function checkFilter(filter: Filter, resource: Resource, mode: QueryMode): Filter {
  const checker = new Checker(resource, mode);
  const checked = checker.check(filter, undefined);
  if (resource.directory && checker.paths.some((path) => path.startsWith('signInActivity/')) && checker.clauses > 1) {
    throw unsupportedFilter('signInActivity', resource.name);
  }
  return checked;
}

class Checker {
  readonly #resource: Resource;
  readonly #mode: QueryMode;
  readonly paths: string[] = [];
  clauses = 0;

  constructor(resource: Resource, mode: QueryMode) {
    this.#resource = resource;
    this.#mode = mode;
  }

  check(filter: Filter, collection: readonly string[] | undefined): Filter {
    switch (filter.kind) {
      case 'and':
      case 'or':
        return { ...filter, left: this.check(filter.left, collection), right: this.check(filter.right, collection) };
      case 'not':
        if (this.#resource.directory) this.#require('advanced', 'not', 'not');
        return { kind: 'not', inner: this.check(filter.inner, collection) };
      case 'lambda':
        return this.#lambda(filter);
      case 'in': {
        const { key, support, path } = this.#supportOf(filter.path, collection);
        this.#require(support.eq, 'in', key);
        for (const value of filter.values) this.#literal(value, key);
        if (!this.#mode.advanced && this.#resource.directory && filter.values.length > mostValues) {
          throw badRequest(
            `Too many child clauses specified in search filter expression containing 'OR' operators: ${filter.values.length}. Max allowed: ${mostValues}.`,
          );
        }
        return { ...filter, path };
      }
      case 'text': {
        const { key, support, path } = this.#supportOf(filter.path, collection);
        this.#literal(filter.value, key);
        this.#text(filter.name, key, support);
        return { ...filter, path };
      }
      case 'compare':
        return this.#compare(filter, collection);
    }
  }

  #compare(filter: Extract<Filter, { kind: 'compare' }>, collection: readonly string[] | undefined): Filter {
    if (filter.path.at(-1) === '$count') return this.#count(filter);
    const { key, support, path } = this.#supportOf(filter.path, collection);
    this.#literal(filter.value, key);
    if (filter.value.type === 'null') this.#require(support.eqNull, filter.operator, key);
    else this.#require(this.#comparison(filter.operator, support), filter.operator, key);
    return { ...filter, path };
  }

  #comparison(operator: Comparison, support: OperatorSupport): Support {
    if (operator === 'eq') return support.eq;
    if (!this.#resource.directory) return operator === 'ne' ? support.eq : support.range;
    if (operator === 'ne') return support.eq === 'unsupported' ? 'unsupported' : 'advanced';
    return operator === 'ge' || operator === 'le' ? support.range : 'unsupported';
  }

  #count(filter: Extract<Filter, { kind: 'compare' }>): Filter {
    const name = canonicalProperty(this.#resource, filter.path[0] ?? '');
    const countable = name !== undefined && ['assignedLicenses', 'otherMails', 'proxyAddresses'].includes(name);
    const zero = filter.value.type === 'number' && filter.value.value === 0;
    if (!countable || !zero || (filter.operator !== 'eq' && filter.operator !== 'ne')) {
      throw unsupportedFilter(filter.path.join('/'), this.#resource.name);
    }
    this.#require('advanced', filter.operator, name);
    return { ...filter, path: [name, '$count'] };
  }

  #lambda(filter: Extract<Filter, { kind: 'lambda' }>): Filter {
    const path = this.#spell(filter.path);
    if (filter.name === 'all' || filter.inner === undefined)
      throw unsupportedFilter(path.join('/'), this.#resource.name);
    return { ...filter, path, inner: this.check(filter.inner, path) };
  }

  #text(name: 'startsWith' | 'endsWith' | 'contains', key: string, support: OperatorSupport): void {
    if (name === 'startsWith') this.#require(support.startsWith, name, key);
    else if (name === 'endsWith' && this.#resource.endsWith.includes(key)) this.#require('advanced', name, key);
    else throw unsupportedFilter(key, this.#resource.name);
  }

  #supportOf(
    path: readonly string[],
    collection: readonly string[] | undefined,
  ): { key: string; support: OperatorSupport; path: readonly string[] } {
    const inside = path[0] === '*';
    const spelled = inside ? path : this.#spell(path);
    const key = inside ? [...(collection ?? []), ...spelled].join('/') : spelled.join('/');
    const support = this.#resource.operators[key];
    if (support === undefined)
      throw unsupportedFilter(inside ? (collection ?? []).join('/') : key, this.#resource.name);
    this.clauses += 1;
    this.paths.push(key);
    return { key, support, path: spelled };
  }

  #spell(path: readonly string[]): readonly string[] {
    const [first = '', ...rest] = path;
    const name = canonicalProperty(this.#resource, first) ?? this.#resource.expandable.find((known) => known === first);
    if (name === undefined) {
      throw badRequest(`Could not find a property named '${first}' on type '${this.#resource.type}'.`);
    }
    return [name, ...rest];
  }

  #literal(value: Literal, key: string): void {
    if (value.type === 'null') return;
    const type = this.#typeOf(key);
    const expected = type === 'strings' ? 'string' : type;
    if (expected !== 'complex' && value.type !== expected) {
      throw badRequest(
        `A binary operator with incompatible types was detected. Found operand types 'Edm.${expected === 'dateTime' ? 'DateTimeOffset' : expected.charAt(0).toUpperCase() + expected.slice(1)}' and '${edmNames[value.type]}' for operator kind 'Equal'.`,
      );
    }
    if (
      this.#resource.directory &&
      !this.#mode.advanced &&
      value.type === 'string' &&
      value.value.length > longestLiteral
    ) {
      throw badRequest(
        `Invalid filter clause: the value given for property '${key}' is longer than ${longestLiteral} characters.`,
      );
    }
  }

  #typeOf(key: string): PropertyType {
    const part = partTypes[key];
    if (part !== undefined) return part;
    if (key.includes('/')) return /DateTime$/.test(key) ? 'dateTime' : 'string';
    return this.#resource.properties[key] ?? 'string';
  }

  #require(support: Support, operator: string, key: string): void {
    if (support === 'unsupported') throw unsupportedFilter(key, this.#resource.name);
    if (support === 'advanced' && !this.#mode.advanced) throw needsAdvanced(operator);
  }
}
