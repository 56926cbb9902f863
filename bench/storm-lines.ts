import type { Line } from './measure.ts';
import { storm } from './storm.ts';

/** 200 concurrent reads against a bucket of 60 units / 2 s that the port does not know in advance. */
export async function stormLines(): Promise<Line[]> {
  const { answered, seconds, refusals } = await storm([]);
  return [
    {
      what: '200 reads at once, left unanswered',
      measured: 200 - answered,
      reach: 0,
      unit: '',
      against: 'a bucket of 60 units / 2 s',
    },
    { what: '200 reads at once', measured: seconds, reach: 7, unit: 's', against: 'the floor of that bucket: 6.0 s' },
    {
      what: 'answers of 429 it cost',
      measured: refusals,
      reach: 9,
      unit: '',
      against: 'the bucket is not known in advance',
    },
  ];
}
