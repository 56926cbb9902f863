import { dirname, join } from 'node:path';
import { type Line, median } from './measure.ts';
import { StdioClient } from './stdio-client.ts';

const rounds = 15;
const root = dirname(import.meta.dirname);

interface Start {
  readonly initialize: number;
  readonly toolsList: number;
  readonly residentKb: number;
}

/** Spawn to `initialize` and `tools/list` answered, ours and the bare SDK in turn. */
export async function start(): Promise<Line[]> {
  const ours: Start[] = [];
  const bare: Start[] = [];
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await once([join(root, 'dist/main.js'), 'serve', '--demo']));
    bare.push(await once([join(root, 'bench/bare-server.mjs')]));
  }
  const ratio = (of: keyof Start) => median(ours.map((one) => one[of])) / median(bare.map((one) => one[of]));
  const against = (of: keyof Start, unit: string) =>
    `one tool on the bare SDK, unbundled: ${Math.round(median(bare.map((one) => one[of])))} ${unit}, ours ${Math.round(median(ours.map((one) => one[of])))} (median of ${rounds})`;
  return [
    {
      what: 'spawn to initialize',
      measured: ratio('initialize'),
      reach: 0.6,
      unit: 'x',
      against: against('initialize', 'ms'),
    },
    {
      what: 'spawn to tools/list',
      measured: ratio('toolsList'),
      reach: 0.65,
      unit: 'x',
      against: against('toolsList', 'ms'),
    },
    {
      what: 'resident memory then',
      measured: ratio('residentKb'),
      reach: 0.95,
      unit: 'x',
      against: against('residentKb', 'KB'),
    },
  ];
}

async function once(args: readonly string[]): Promise<Start> {
  const client = new StdioClient(args);
  await client.initialize();
  const initialize = performance.now() - client.started;
  await client.request('tools/list');
  const toolsList = performance.now() - client.started;
  const residentKb = client.residentKb() ?? Number.NaN;
  client.close();
  return { initialize, toolsList, residentKb };
}
