import type { z } from 'zod';
import { type GraphPath, type GraphSchema, type GraphWriter, path, type Repeat } from '../contract/index.ts';
import { parseObject } from './answer.ts';
import { outcomeUnknown } from './errors.ts';
import { saysGone, saysReferenceExists, saysReferenceGone } from './graph-error.ts';
import { Reader } from './reader.ts';
import type { GraphResponse, Method } from './request.ts';
import type { RequestParts } from './session.ts';

type Body = Readonly<Record<string, unknown>>;

/** The face that changes the tenant, as far as its grant goes; the chain checks every request against it. */
export class Writer extends Reader implements GraphWriter {
  async patch(at: GraphPath, body: Body): Promise<void> {
    await this.session.succeed(this.#write('PATCH', at, 'repeatable', body));
  }

  async post<S extends GraphSchema>(
    at: GraphPath,
    body: Body,
    schema: S,
    repeat: Repeat = 'once',
  ): Promise<z.output<S>> {
    const { request, response } = await this.session.succeed(this.#write('POST', at, repeat, body));
    try {
      return parseObject(schema, response);
    } catch {
      // It happened, but what it made cannot be told.
      throw outcomeUnknown(request, response);
    }
  }

  async act(at: GraphPath, body: Body | undefined, repeat: Repeat): Promise<void> {
    await this.session.succeed(this.#write('POST', at, repeat, body));
  }

  async delete(at: GraphPath): Promise<void> {
    await this.#unless(saysGone, this.#write('DELETE', at, 'repeatable'));
  }

  async addRef(at: GraphPath, targetId: string): Promise<void> {
    const body = { '@odata.id': this.root.reference(path`/directoryObjects/${targetId}`) };
    await this.#unless(saysReferenceExists, this.#write('POST', at, 'repeatable', body, '/$ref'));
  }

  async setRef(at: GraphPath, target: GraphPath): Promise<void> {
    const body = { '@odata.id': this.root.reference(target) };
    await this.session.succeed(this.#write('PUT', at, 'repeatable', body, '/$ref'));
  }

  async removeRef(at: GraphPath): Promise<void> {
    await this.#unless(saysReferenceGone, this.#write('DELETE', at, 'repeatable', undefined, '/$ref'));
  }

  /** Sends a write whose refusal may mean that the tenant already is as asked. */
  async #unless(done: (response: GraphResponse) => boolean, parts: RequestParts): Promise<void> {
    const exchanged = await this.session.exchange(parts);
    if (!done(exchanged.response)) this.session.demandSuccess(exchanged);
  }

  #write(method: Method, at: GraphPath, repeat: Repeat, body?: Body, suffix = ''): RequestParts {
    const target = this.root.target(at, suffix);
    return { method, template: at.template + suffix, values: at.values, target, body, repeat };
  }
}
