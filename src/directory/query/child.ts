/**
 * The process that runs SQL, an entry file of its own. A thread cannot be stopped inside a statement, and a process
 * can: the statement runs in a worker, while the main thread looks at the memory and ends the process in time. Imports
 * `node:` only, beside its own parts, so that it starts at once.
 */
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { answerTo } from './reading.ts';

const [, entry = '', residentBytes = '0'] = process.argv;
const lookEveryMs = 20;

if (isMainThread) watch();
else parentPort?.on('message', (question) => parentPort?.postMessage(answerTo(question)));

function watch(): void {
  const worker = new Worker(entry, { resourceLimits: { maxOldGenerationSizeMb: 96 }, stdout: true, stderr: true });
  const tell = (message: object) => process.send?.(message, undefined, undefined, (error) => error && end());
  let looking: NodeJS.Timeout | undefined;
  worker.on('online', () => tell({ kind: 'ready' }));
  worker.on('message', (answer) => {
    clearInterval(looking);
    tell({ ...answer, resident: process.memoryUsage.rss() });
  });
  worker.on('error', end);
  worker.on('exit', end);
  process.on('message', (question) => {
    looking = setInterval(() => {
      if (process.memoryUsage.rss() > Number(residentBytes)) end();
    }, lookEveryMs);
    worker.postMessage(question);
  });
  // The server is gone, or has no use for this process any more.
  process.on('disconnect', end);
}

/** At once, whatever the worker is doing: nothing here needs to be put in order. */
function end(): void {
  process.kill(process.pid, 'SIGKILL');
}
