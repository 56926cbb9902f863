import { z } from 'zod';
import {
  type BatchOutcome,
  type BatchWrite,
  type GraphPath,
  type GraphReader,
  type GraphSchema,
  type GraphWriter,
  type Look,
  path,
  type Repeat,
  ToolError,
} from '../contract/index.ts';
import { parseObject } from './answer.ts';
import { isCreating } from './created.ts';
import { Crowd, type Member } from './crowd.ts';
import { outcomeUnknown } from './errors.ts';
import { saysGone, saysReferenceExists, saysReferenceGone } from './graph-error.ts';
import { sendAndLook } from './lost-answer.ts';
import { type Address, Reader } from './reader.ts';
import type { GraphResponse, Method } from './request.ts';
import type { RequestParts, Session } from './session.ts';

type Body = Readonly<Record<string, unknown>>;

const identified = z.object({ id: z.string() });

/** A write, and which refusals of it mean that the tenant already is as asked. */
interface Change {
  readonly parts: RequestParts;
  readonly already?: (response: GraphResponse) => boolean;
}

/** The face that changes the tenant, as far as its grant goes; the chain checks every request against it. */
export class Writer extends Reader implements GraphWriter {
  readonly #address: Address;

  constructor(session: Session, address: Address) {
    super(session, address);
    this.#address = address;
  }

  patch(at: GraphPath, body: Body): Promise<void> {
    return this.#make({ kind: 'patch', at, body });
  }

  async post<S extends GraphSchema>(
    at: GraphPath,
    body: Body,
    schema: S,
    repeat: Repeat | Look<z.output<S>> = 'once',
  ): Promise<z.output<S>> {
    if (typeof repeat === 'string') return created(this.session, this.#parts('POST', at, repeat, body), schema);
    const parts = this.#parts('POST', at, 'once', body);
    const { session } = this;
    let first: Session | undefined = session;
    return sendAndLook({
      clock: session.clock,
      signal: session.signal,
      look: { ...repeat, find: (graph) => this.#foundCreation(graph, parts, repeat) },
      reader: () => new Reader(session.anew(), this.#address),
      send: () => {
        const own = first ?? session.anew();
        first = undefined;
        return created(own, parts, schema);
      },
    });
  }

  /** What a look found; an account that has the name which was sent is covered by the grant, as if its creation was answered. */
  async #foundCreation<T>(graph: GraphReader, parts: RequestParts, look: Look<T>): Promise<T | undefined> {
    const found = await look.find(graph);
    const name = parts.body?.['userPrincipalName'];
    if (found === undefined || !isCreating(parts) || typeof name !== 'string') return found;
    const holder = await graph.find(path`/users/${name}`, identified);
    if (holder !== undefined) this.session.cover(holder.id);
    return found;
  }

  act(at: GraphPath, body: Body | undefined, repeat: Repeat): Promise<void> {
    return this.#make({ kind: 'act', at, repeat, ...(body === undefined ? {} : { body }) });
  }

  delete(at: GraphPath): Promise<void> {
    return this.#make({ kind: 'delete', at });
  }

  addRef(at: GraphPath, targetId: string): Promise<void> {
    return this.#make({ kind: 'addRef', at, targetId });
  }

  setRef(at: GraphPath, target: GraphPath): Promise<void> {
    return this.#make({ kind: 'setRef', at, target });
  }

  removeRef(at: GraphPath): Promise<void> {
    return this.#make({ kind: 'removeRef', at });
  }

  batch(writes: readonly BatchWrite[]): Promise<readonly BatchOutcome[]> {
    const crowd = new Crowd(writes.length);
    return Promise.all(
      writes.map(async (write): Promise<BatchOutcome> => {
        const member = crowd.member();
        try {
          await this.#make(write, member);
          return { ok: true };
        } catch (error) {
          if (error instanceof ToolError) return { ok: false, error };
          throw error;
        } finally {
          member.leave();
        }
      }),
    );
  }

  async #make(write: BatchWrite, member?: Member): Promise<void> {
    const { parts, already } = this.#change(write);
    const exchanged = await this.session.exchange(member === undefined ? parts : { ...parts, member });
    if (already?.(exchanged.response) !== true) this.session.demandSuccess(exchanged);
  }

  #change(write: BatchWrite): Change {
    const { kind, at } = write;
    if (kind === 'patch') return { parts: this.#parts('PATCH', at, 'repeatable', write.body) };
    if (kind === 'act') return { parts: this.#parts('POST', at, write.repeat, write.body) };
    if (kind === 'delete') return { parts: this.#parts('DELETE', at, 'repeatable'), already: saysGone };
    if (kind === 'removeRef') {
      return { parts: this.#parts('DELETE', at, 'repeatable', undefined, '/$ref'), already: saysReferenceGone };
    }
    const target = kind === 'setRef' ? write.target : path`/directoryObjects/${write.targetId}`;
    const body = { '@odata.id': this.root.reference(target) };
    if (kind === 'setRef') return { parts: this.#parts('PUT', at, 'repeatable', body, '/$ref') };
    return { parts: this.#parts('POST', at, 'repeatable', body, '/$ref'), already: saysReferenceExists };
  }

  #parts(method: Method, at: GraphPath, repeat: Repeat, body?: Body, suffix = ''): RequestParts {
    const target = this.root.target(at, suffix);
    return { method, template: at.template + suffix, values: at.values, target, body, repeat };
  }
}

async function created<S extends GraphSchema>(session: Session, parts: RequestParts, schema: S): Promise<z.output<S>> {
  const { request, response } = await session.succeed(parts);
  try {
    return parseObject(schema, response);
  } catch {
    // It happened, but what it made cannot be told.
    throw outcomeUnknown(request, response);
  }
}
