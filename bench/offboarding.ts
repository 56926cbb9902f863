import { ApprovalTown, at } from '../test/e2e/approval-office.ts';
import { ApprovalWire } from '../test/e2e/approval-wire.ts';
import type { Line } from './measure.ts';
import { stormOfMany } from './offboarding-storm.ts';

/** What offboarding costs: requests for one busy person, and the quota for a thousand. */
export async function offboarding(): Promise<Line[]> {
  return [await requests(), ...(await stormOfMany())];
}

/** HTTP requests for a person with 100 groups, 5 licenses and 3 devices, from the apply to its end. */
async function requests(): Promise<Line> {
  const town = await ApprovalTown.open(60);
  const wire = await ApprovalWire.open(town.demo.url);
  try {
    const office = await town.serve({ url: wire.url });
    const { busyLeaver } = town.demo.landmarks;
    const asked = { user: busyLeaver.id, preset: 'full', reason: 'left the company' };
    const planId = String(at((await office.client.call('offboard_user', asked)).data, 'plan', 'id'));
    await town.approve(planId);
    // Whoever approves reads for longer than this.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    let reads = 0;
    wire.onRead = () => {
      reads += 1;
    };
    const before = wire.writes.length;
    const { data, text } = await office.client.call('apply_plan', { planId, waitSeconds: 60 });
    if (at(data, 'result', 'status') !== 'completed') throw new Error(text);
    const writes = wire.writes.length - before;
    const what = 'requests to offboard a busy person';
    const against = `100 groups, 5 licenses, 3 devices: ${reads} that read, ${writes} that write, a $batch as one`;
    return { what, measured: reads + writes, reach: 16, unit: '', against };
  } finally {
    await wire.close();
    await town.close();
  }
}
