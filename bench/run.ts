/** `npm run bench [name…]`: each figure, what it was measured against in the same run, and the number to reach. */
import { deltaSync, deltaSyncMillion } from './delta-sync.ts';
import { getUser } from './get-user.ts';
import { figure, type Line } from './measure.ts';
import { offboarding } from './offboarding.ts';
import { queuedWrites } from './queued-writes.ts';
import { soak } from './soak.ts';
import { start } from './start.ts';
import { stormLines } from './storm-lines.ts';
import { toolsList } from './tools-list.ts';

const benches: Readonly<Record<string, () => Promise<Line[]>>> = {
  start,
  'get-user': getUser,
  storm: stormLines,
  'queued-writes': queuedWrites,
  offboarding,
  'tools-list': toolsList,
  'delta-sync': deltaSync,
};

/** Takes minutes: only when it is named. */
const long: Readonly<Record<string, () => Promise<Line[]>>> = { soak, 'delta-sync-million': deltaSyncMillion };

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in benches) && !(name in long));
if (unknown.length > 0) {
  process.stderr.write(
    `No such bench: ${unknown.join(', ')}. There are: ${Object.keys({ ...benches, ...long }).join(', ')}\n`,
  );
  process.exit(2);
}

let missed = 0;
const chosen = asked.length === 0 ? benches : { ...benches, ...long };
for (const [name, bench] of Object.entries(chosen)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  for (const { what, measured, reach, unit, against } of await bench()) {
    const reached = measured <= reach;
    if (!reached) missed += 1;
    const verdict = reached ? 'ok    ' : 'MISSED';
    process.stdout.write(
      `${verdict} ${what.padEnd(40)} ${figure(measured).padStart(8)} ${unit.padEnd(3)} (reach ${reach} ${unit})  ${against}\n`,
    );
  }
}
process.exitCode = missed === 0 ? 0 : 1;
