import { expect, it } from 'vitest';
import { z } from 'zod';
import { DeltaLink, path } from '../../src/contract/index.ts';
import { json } from './loopback.ts';
import { failureOf } from './setting.ts';
import { stage } from './stage.ts';

const on = stage();
const id = z.object({ id: z.string() });
const call = { signal: new AbortController().signal, lane: 'bulk' } as const;

function followed(address: string): Promise<Uint8Array> {
  const link = new DeltaLink(`${on.graph.url}/v1.0/${address}?$skiptoken=next`);
  return on.setting.port.delta(call).page(path`/users/delta`, id, link);
}

it.each(['delta', 'delta()', 'microsoft.graph.delta', 'microsoft.graph.delta()'])(
  'follows a link that spells the function %s',
  async (name) => {
    await on.serve((_, response) => json(response, 200, { value: [] }));
    expect(Buffer.from(await followed(`users/${name}`)).toString()).toBe('{"value":[]}');
    expect(on.graph.seen[0]?.url).toContain(name);
  },
);

it.each(['groups/delta()', 'me/messages', 'users/delta()/x'])('does not follow a link to %s', async (address) => {
  await on.serve((_, response) => json(response, 200, { value: [] }));
  expect(await failureOf(followed(address))).toMatchObject({ code: 'SYNC_RESET' });
  expect(on.graph.seen).toEqual([]);
});
