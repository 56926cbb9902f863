import type { z } from 'zod';
import {
  type GraphPath,
  type GraphReader,
  type GraphSchema,
  type Page,
  type ReadQuery,
  ToolError,
} from '../contract/index.ts';
import { parseObject, parsePage } from './answer.ts';
import { saysGone } from './graph-error.ts';
import { shortLink, targetOf } from './next-link.ts';
import { type QueryWriter, queryHeaders } from './query.ts';
import { asksOnly } from './read-posts.ts';
import type { GraphRoot } from './root.ts';
import type { RequestParts, Session } from './session.ts';

/** An answer with more values than this travels alone: in a $batch the others would wait for it. */
const mostValuesForCompany = 3_000;
/** Items of a page, where the request does not say. [learn.microsoft.com/graph/paging] */
const defaultPage = 100;

/** What readers and writers of one port share. */
export interface Address {
  readonly root: GraphRoot;
  readonly queries: QueryWriter;
}

/** The face that only reads. */
export class Reader implements GraphReader {
  protected readonly session: Session;
  protected readonly root: GraphRoot;
  readonly #queries: QueryWriter;

  constructor(session: Session, { root, queries }: Address) {
    this.session = session;
    this.root = root;
    this.#queries = queries;
  }

  async get<S extends GraphSchema>(at: GraphPath, schema: S, query?: Pick<ReadQuery, 'expand'>): Promise<z.output<S>> {
    const { response } = await this.session.succeed(this.#read(at, schema, query));
    return parseObject(schema, response);
  }

  async find<S extends GraphSchema>(
    at: GraphPath,
    schema: S,
    query?: Pick<ReadQuery, 'expand'>,
  ): Promise<z.output<S> | undefined> {
    const exchanged = await this.session.exchange(this.#read(at, schema, query));
    if (saysGone(exchanged.response)) return undefined;
    return parseObject(schema, this.session.demandSuccess(exchanged).response);
  }

  async page<S extends GraphSchema>(
    at: GraphPath,
    schema: S,
    query?: ReadQuery,
    next?: string,
  ): Promise<Page<z.output<S>>> {
    const first = this.#read(at, schema, query);
    const parts = next === undefined ? first : { ...first, target: targetOf(next, first.target, this.root) };
    const { response } = await this.session.unretried(parts);
    const page = parsePage(schema, response, this.root);
    if (page.next === undefined) return page;
    const link = shortLink(page.next, first.target, this.root);
    if (link !== next) return { ...page, next: link };
    throw new ToolError('UPSTREAM', {
      message: 'Graph named the same page as its own next one.',
      fix: 'The list is incomplete. Ask for it again.',
    });
  }

  async *pages<S extends GraphSchema>(at: GraphPath, schema: S, query?: ReadQuery): AsyncIterable<Page<z.output<S>>> {
    let next: string | undefined;
    do {
      const page: Page<z.output<S>> = await this.page(at, schema, query, next);
      yield page;
      next = page.next;
    } while (next !== undefined);
  }

  async ask<S extends GraphSchema>(
    at: GraphPath,
    body: Readonly<Record<string, unknown>>,
    schema: S,
  ): Promise<z.output<S>> {
    const target = this.root.target(at);
    if (!asksOnly(at.template)) {
      throw new ToolError('INTERNAL', {
        message: `POST ${at.template} was not sent: it is not among the requests that only read.`,
        fix: 'Nothing was changed. This is a fault of the server: report it with the name of the tool.',
        detail: { request: `POST ${at.template}`, missing: 'grant' },
      });
    }
    const { template, values } = at;
    const { response } = await this.session.succeed({ method: 'POST', template, values, target, body, together: true });
    return parseObject(schema, response);
  }

  #read(at: GraphPath, schema: GraphSchema, query: ReadQuery = {}): RequestParts {
    const { template } = at;
    const target = this.root.target(at);
    const text = this.#queries.write(schema, query);
    const costly = {
      selects: text.startsWith('?$select='),
      expands: query.expand !== undefined,
      top: query.top,
      signIns: text.includes('signInActivity'),
    };
    const size = (query.top ?? defaultPage) * Object.keys(schema.shape).length;
    const together = size <= mostValuesForCompany;
    return {
      method: 'GET',
      template,
      values: at.values,
      target: target + text,
      headers: queryHeaders(query),
      costly,
      together,
    };
  }
}
