/**
 * A process of its own in place of Graph: users by id, with a bucket of resource units that nothing announces. What it
 * refuses, it refuses as Graph does, with 429 and Retry-After. Prints its URL; a GET of /counts answers what it saw.
 *
 * Arguments: units in the bucket, length of its window in milliseconds, and `window`, `aligned`, `sliding` or `refill`;
 * then latency in milliseconds, `seconds`, `decimals` or `none` for Retry-After, and `no-batch` where $batch is unknown.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

const [units = '60', window = '2000', kind = 'window', latency = '0', said = 'seconds', batches = 'batch'] =
  process.argv.slice(2);
const limit = Number(units);
const windowMs = Number(window);
const counts = { requests: 0, answered: 0, refused: 0, batches: 0 };

/** Times of what was let through. */
let taken: number[] = [];
let began = 0;
let level = limit;
let filledAt = 0;

/** Lets one unit through, or says after how many milliseconds it may. */
function waitMs(now: number): number {
  if (kind === 'refill') {
    level = Math.min(limit, level + ((now - filledAt) * limit) / windowMs);
    filledAt = now;
    if (level < 1) return ((1 - level) * windowMs) / limit;
    level -= 1;
    return 0;
  }
  if (kind === 'sliding') {
    taken = taken.filter((at) => now - at < windowMs);
  } else if (now - began >= windowMs) {
    taken = [];
    began = kind === 'aligned' ? now - (now % windowMs) : now;
  }
  if (taken.length < limit) {
    taken.push(now);
    return 0;
  }
  return (kind === 'sliding' ? (taken[0] ?? now) : began) + windowMs - now;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

function answer(url: string): Answer {
  counts.requests += 1;
  const wait = waitMs(Date.now());
  if (wait === 0) {
    counts.answered += 1;
    const id = decodeURIComponent(/\/users\/([^?/]+)/.exec(url)?.[1] ?? '');
    return { status: 200, headers: {}, body: { id, displayName: 'A user', userPrincipalName: `${id}@contoso.com` } };
  }
  counts.refused += 1;
  const after = said === 'decimals' ? (wait / 1000).toFixed(3) : String(Math.ceil(wait / 1000));
  const body = { error: { code: 'TooManyRequests', message: 'Too many requests', innerError: { code: '429' } } };
  return { status: 429, headers: said === 'none' ? {} : { 'Retry-After': after }, body };
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const go = () =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  if (latency === '0') go();
  else setTimeout(go, Number(latency));
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

const server = createServer(async (request, response) => {
  const { url = '' } = request;
  const text = await textOf(request);
  if (url === '/counts') return send(response, { status: 200, headers: {}, body: counts });
  if (!url.endsWith('/$batch')) return send(response, answer(url));
  if (batches !== 'batch') return send(response, { status: 404, headers: {}, body: {} });
  counts.batches += 1;
  const { requests }: { requests: { id: string; url: string }[] } = JSON.parse(text);
  const responses = requests.map((each) => ({ id: each.id, ...answer(each.url) }));
  send(response, { status: 200, headers: {}, body: { responses: responses.reverse() } });
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) process.stdout.write(`http://127.0.0.1:${address.port}\n`);
});
process.on('disconnect', () => process.exit());
