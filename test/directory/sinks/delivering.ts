/**
 * Delivers a mirror to a file, in a process of its own: `<mirror> <target> <when to be killed>`. `commit` is after the
 * third batch is in the file and before its place is kept; `append` in the middle of writing it; `never` not at all.
 */
import { open } from 'node:fs/promises';
import { changesIn } from '../../../src/directory/feed.ts';
import { readMirror } from '../../../src/directory/mirror-file.ts';
import { sinkCursors } from '../../../src/directory/sinks/cursors.ts';
import { Delivery } from '../../../src/directory/sinks/delivery.ts';
import { sinksTo } from '../../../src/directory/sinks/kinds.ts';
import { targetOf } from '../../../src/directory/sinks/target.ts';

const [mirror = '', target = '', when = ''] = process.argv.slice(2);
const clock = { now: Date.now, sleep: () => Promise.reject(new Error('nothing to wait for')) };
const [sink] = sinksTo([targetOf(target)], { tenantId: 't', secret: undefined, clock });
if (sink === undefined) throw new Error('no sink');
const cursors = sinkCursors({ file: mirror, owner: `here:${process.pid}:a`, clock });

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  // The signal ends this process before it goes on.
  for (;;);
}

if (when === 'append') {
  const handle = await open(mirror, 'r');
  const files: object = Object.getPrototypeOf(handle);
  await handle.close();
  let appends = 0;
  Object.defineProperty(files, 'writeFile', {
    async value(this: typeof handle, text: string) {
      appends += 1;
      await this.write(appends === 3 ? text.slice(0, Math.floor(text.length * 0.63)) : text);
      if (appends === 3) die();
    },
  });
}

let commits = 0;
const delivery = new Delivery({
  sink,
  clock,
  feed: {
    changes: async (query) => {
      const db = readMirror(mirror);
      try {
        return {
          ...changesIn(db, { ...query, limit: Math.min(query.limit, 20) }, clock.now()),
          mirror: { complete: true },
        };
      } finally {
        db?.close();
      }
    },
  },
  cursors: {
    ...cursors,
    set: async (...args) => {
      commits += 1;
      // The first keeps where the base begins.
      if (when === 'commit' && commits === 4) die();
      await cursors.set(...args);
    },
  },
  random: { bytes: (length) => new Uint8Array(length) },
  tell: () => {},
});
await delivery.drain(new AbortController().signal);
