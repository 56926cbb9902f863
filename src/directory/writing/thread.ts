import { parentPort, workerData } from 'node:worker_threads';
import { Leased } from './lease.ts';
import type { Call, ThreadStart, Thrown } from './messages.ts';
import { UnexpectedPage } from './page.ts';
import { MirrorWriter } from './writer.ts';

/** The thread that writes a mirror: SQLite never makes the server's own event loop wait. */
const port = parentPort;
if (port === null) throw new TypeError('This file is the entry of a thread');
const { file, owner, selection }: ThreadStart = workerData;
const writer = new MirrorWriter(file, owner, selection);

port.on('message', (call: Call) => {
  const { id } = call;
  try {
    port.postMessage({ id, result: answerTo(call) });
  } catch (error) {
    port.postMessage({ id, thrown: thrownBy(error) });
  }
});

function answerTo(call: Call): unknown {
  const { now } = call;
  switch (call.method) {
    case 'begin':
      return writer.begin(now, call.selection);
    case 'beat':
      return writer.beat(now);
    case 'nameProducts':
      return writer.nameProducts(now, call.names);
    case 'restart':
      return writer.restart(now, call.collection);
    case 'page':
      return writer.apply(now, call.collection, call.from, writer.parse(call.collection, call.bytes));
    case 'applySignIns':
      return writer.applySignIns(now, call.rows, call.next);
    case 'noteDeleted':
      return writer.noteDeleted(now, call.ids);
    case 'isUnsettled':
      return writer.isUnsettled();
    case 'returned':
      return writer.returned();
    case 'settle':
      return writer.settle(now, call.links);
    case 'doubtful':
      return writer.doubtful(now);
    case 'purge':
      return writer.purge(now, call.ids);
    case 'end':
      return writer.end(now);
    case 'forget':
      return writer.forget();
    case 'leave':
      return writer.leave();
    case 'close':
      // Nothing keeps the thread then: it ends by itself.
      port?.close();
      return writer.close();
  }
}

function thrownBy(error: unknown): Thrown {
  if (error instanceof Leased) return { kind: 'Leased', text: '' };
  if (error instanceof UnexpectedPage) return { kind: 'UnexpectedPage', text: error.field };
  return { kind: 'other', text: error instanceof Error ? error.message : 'unknown' };
}
