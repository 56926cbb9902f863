import { type Clock, ToolError } from '../../contract/index.ts';
import { NdjsonFile } from './ndjson-file.ts';
import type { Sink } from './sink.ts';
import type { Target } from './target.ts';
import { Webhook } from './webhook.ts';

/** What sinks are made of. */
export interface SinkParts {
  readonly tenantId: string;
  /** ENTRA_MCP_SYNC_SECRET */
  readonly secret: string | undefined;
  readonly clock: Clock;
}

type Kind = Target['kind'];
type TargetOf<K extends Kind> = Extract<Target, { readonly kind: K }>;

const makers: { readonly [K in Kind]: (target: TargetOf<K>, parts: SinkParts) => Sink } = {
  file: (target) => new NdjsonFile(target),
  webhook: (target, { secret, ...parts }) => {
    if (secret === undefined) throw unsigned(target);
    return new Webhook(target, { secret, ...parts });
  },
  scim: (target) => {
    throw new ToolError('CONFIG_INVALID', {
      message: `Delivery to connected apps is not available yet: ${target.name}.`,
      fix: 'Leave it out. Deliver to a file or to a webhook of your own, and provision the app from there.',
    });
  },
};

/**
 * The sink of each target.
 * @throws ToolError CONFIG_INVALID for one that cannot be, or is named twice.
 */
export function sinksTo(targets: readonly Target[], parts: SinkParts): readonly Sink[] {
  const twice = targets.find((one, index) => targets.findIndex((other) => other.identity === one.identity) < index);
  if (twice !== undefined) {
    throw new ToolError('CONFIG_INVALID', { message: `--to names ${twice.name} twice.`, fix: 'Name it once.' });
  }
  return targets.map((target) => sinkTo(target, parts));
}

function sinkTo(target: Target, parts: SinkParts): Sink {
  if (target.kind === 'file') return makers.file(target, parts);
  if (target.kind === 'webhook') return makers.webhook(target, parts);
  return makers.scim(target, parts);
}

function unsigned({ name }: Target): ToolError {
  return new ToolError('CONFIG_INVALID', {
    message: `Deliveries to ${name} could not be signed: ENTRA_MCP_SYNC_SECRET is not set.`,
    fix: 'Set it to at least 32 random characters, and give the receiver the same: openssl rand -base64 32.',
  });
}
