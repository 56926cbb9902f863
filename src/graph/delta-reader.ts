import {
  type DeltaReader as DeltaFace,
  type DeltaLink,
  type GraphPath,
  type GraphSchema,
  ToolError,
} from '../contract/index.ts';
import { unexpectedAnswer } from './errors.ts';
import type { Address } from './reader.ts';
import type { RequestParts, Session } from './session.ts';

/** The face that follows the directory. */
export class DeltaReader implements DeltaFace {
  readonly #session: Session;
  readonly #address: Address;

  constructor(session: Session, address: Address) {
    this.#session = session;
    this.#address = address;
  }

  async page(at: GraphPath, schema: GraphSchema, link?: DeltaLink): Promise<Uint8Array<ArrayBuffer>> {
    const { root, queries } = this.#address;
    const target = link === undefined ? root.target(at) + queries.write(schema) : this.#followed(at, link);
    const costly = { selects: true, expands: false, top: undefined };
    const parts: RequestParts = { method: 'GET', template: at.template, values: at.values, target, costly, raw: true };
    const { response } = await this.#session.unretried(parts);
    if (response.body instanceof Uint8Array) return own(response.body);
    throw unexpectedAnswer(response, 'value');
  }

  /** A link is kept for days: the settings may name another Graph by then. */
  #followed(at: GraphPath, link: DeltaLink): string {
    const { root } = this.#address;
    const url = link.reveal();
    const target = root.owns(url) ? root.follow(url) : '';
    const path = target.split('?')[0]?.replace(/\/(?:microsoft\.graph\.)?delta(?:\(\))?$/, '/delta');
    if (path === root.target(at)) return target;
    throw new ToolError('SYNC_RESET', {
      message: 'The kept sync state belongs to another Graph root.',
      fix: 'Begin the sync anew.',
    });
  }
}

/** In memory of its own, so that it can be handed to another thread. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  const isOwn = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength;
  return isOwn ? new Uint8Array(buffer) : new Uint8Array(bytes);
}
