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

function sinkTo(target: Target, { secret, ...parts }: SinkParts): Sink {
  switch (target.kind) {
    case 'file':
      return new NdjsonFile(target);
    case 'webhook':
      if (secret === undefined) throw unsigned(target);
      return new Webhook(target, { secret, ...parts });
    case 'scim':
      throw notYet(target);
  }
}

function unsigned({ name }: Target): ToolError {
  return new ToolError('CONFIG_INVALID', {
    message: `Deliveries to ${name} could not be signed: ENTRA_MCP_SYNC_SECRET is not set.`,
    fix: 'Set it to at least 32 random characters, and give the receiver the same: openssl rand -base64 32.',
  });
}

function notYet({ name }: Target): ToolError {
  return new ToolError('CONFIG_INVALID', {
    message: `Delivery to connected apps is not available yet: ${name}.`,
    fix: 'Leave it out. Deliver to a file or to a webhook of your own, and provision the app from there.',
  });
}
