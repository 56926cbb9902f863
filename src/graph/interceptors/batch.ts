import type { Log, Random } from '../../contract/index.ts';
import { answerOf, innerRequest, innerResponses } from '../batch-body.ts';
import { mostInBatch } from '../crowd.ts';
import { stoppedBy } from '../failure.ts';
import { graphErrorOf } from '../graph-error.ts';
import { type GraphRequest, type GraphResponse, headerText, type Interceptor, isRead, type Next } from '../request.ts';
import type { GraphRoot } from '../root.ts';
import { uuid } from '../uuid.ts';
import { Waits } from '../waits.ts';

interface BatchPorts {
  readonly root: GraphRoot;
  readonly random: Random;
  readonly log: Log;
}

/** One request that waits for the end of the tick. */
interface Seat {
  readonly request: GraphRequest;
  readonly next: Next;
  readonly done: PromiseWithResolvers<GraphResponse>;
}

/**
 * Requests that come in one tick of the event loop travel as one $batch, at most twenty; a lone one is sent as it is,
 * without a timer. Reads go with reads of the same lane, writes with writes of the same grant.
 */
export function batch(ports: BatchPorts): Interceptor {
  const waiting = new Map<unknown, Seat[]>();
  const sendTogether = togetherOver(ports);
  const depart = () => {
    const groups = [...waiting.values()];
    waiting.clear();
    for (const seats of groups) {
      for (let from = 0; from < seats.length; from += mostInBatch) {
        const some = seats.slice(from, from + mostInBatch);
        if (some.length > 1) sendTogether(some);
        else for (const seat of some) sendAlone(seat);
      }
    }
  };
  return (request, next) => {
    if (!request.together) return next(request);
    // Runs when every promise of this tick has settled, before any input or timer.
    if (waiting.size === 0) process.nextTick(depart);
    const group = isRead(request) ? request.lane : request.grant;
    const seat = { request, next, done: Promise.withResolvers<GraphResponse>() };
    const seats = waiting.get(group);
    if (seats === undefined) waiting.set(group, [seat]);
    else seats.push(seat);
    return seat.done.promise;
  };
}

function sendAlone({ request, next, done }: Seat): void {
  next(request).then(done.resolve, done.reject);
}

function togetherOver({ root, random, log }: BatchPorts): (seats: readonly Seat[]) => void {
  // Something between here and Graph may not know $batch: then nothing is sent so again.
  let known = true;
  const send = async (seats: readonly [Seat, ...Seat[]]) => {
    const stop = stopTogether(seats);
    try {
      const outer = outerRequest(seats, root, { clientRequestId: uuid(random), signal: stop.signal });
      const answer = await seats[0].next(outer);
      const responses = innerResponses(answer);
      if (responses !== undefined) return settle(seats, log, (id) => answerOf(responses, id));
      if (!wasNotRead(answer)) return settle(seats, log, () => unreadAs(answer));
      if (answer.status !== 400 && answer.status !== 413) known = false;
      log.warn({ status: answer.status }, 'No $batch here: requests go one by one');
      for (const seat of seats) sendAlone(seat);
    } catch (error) {
      for (const { done } of seats) done.reject(error);
    } finally {
      stop.over();
    }
  };
  return (seats) => {
    const [first, ...rest] = seats;
    if (first === undefined) return;
    if (known) void send([first, ...rest]);
    else for (const seat of seats) sendAlone(seat);
  };
}

function settle(seats: readonly Seat[], log: Log, answerTo: (id: string) => GraphResponse): void {
  for (const [index, { request, next, done }] of seats.entries()) {
    try {
      const response = answerTo(String(index + 1));
      const { method, template, clientRequestId } = request;
      const requestId = headerText(response.headers, 'request-id');
      log.debug({ method, template, clientRequestId, status: response.status, requestId }, 'Graph answered in a batch');
      // Refused for the token, so nothing happened: alone it goes with one that has what is asked for.
      if (response.status === 401) next(request).then(done.resolve, done.reject);
      else done.resolve(response);
    } catch (error) {
      done.reject(error);
    }
  }
}

/** True where nothing in the batch was carried out, since nobody read it as one. */
function wasNotRead({ status, body, headers, unreadable }: GraphResponse): boolean {
  if (status === 400 || status === 404 || status === 405 || status === 413 || status === 501) return true;
  return status === 403 && graphErrorOf({ status, body, headers, unreadable }) === undefined;
}

/** A success that holds no answers was cut or written by something else: it says nothing of what is in the batch. */
function unreadAs(answer: GraphResponse): GraphResponse {
  return answer.status >= 200 && answer.status < 300 ? { ...answer, status: 502, unreadable: true } : answer;
}

function outerRequest(
  seats: readonly [Seat, ...Seat[]],
  root: GraphRoot,
  own: Pick<GraphRequest, 'clientRequestId' | 'signal'>,
): GraphRequest {
  const [{ request }] = seats;
  const requests = seats.map((seat, index) => innerRequest(seat.request, String(index + 1), root.prefix));
  return {
    ...own,
    method: 'POST',
    template: '/$batch',
    values: [],
    target: `${root.prefix}/$batch`,
    body: { requests },
    headers: {},
    repeat: 'once',
    grant: request.grant,
    lane: request.lane,
    cost: { ...request.cost, units: seats.reduce((sum, seat) => sum + seat.request.cost.units, 0) },
    deadlineAt: undefined,
    attempt: 1,
    together: false,
    member: undefined,
    waits: new Waits(),
  };
}

/** Lets each go when its own caller stops, and the whole when all have. */
function stopTogether(seats: readonly Seat[]): { readonly signal: AbortSignal; over(): void } {
  const all = new AbortController();
  let staying = seats.length;
  const stops = seats.map(({ request: { signal }, done }) => {
    const stop = () => {
      done.reject(stoppedBy(signal, true));
      staying -= 1;
      if (staying === 0) all.abort(signal.reason);
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    return () => signal.removeEventListener('abort', stop);
  });
  const over = () => {
    for (const off of stops) off();
  };
  return { signal: all.signal, over };
}
