import { z } from 'zod';
import {
  type GraphReader,
  type KeptListPort,
  type ListAnswer,
  type ListPort,
  type Page,
  ToolError,
  visibleDeep,
} from '../contract/index.ts';
import type { Seal } from './sealing.ts';

/** Most bytes of text that one answer has. */
export const answerLimit = 64 * 1024;
/** What stands around the items in an answer: markers, notes, other fields. */
const frame = 2048;

/** One call's list: what its cursors are bound to. */
export interface ListCall {
  readonly tool: string;
  /** What the tool's schema made of the arguments; the cursor among them is left out. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly tenantId: string;
  readonly graph: GraphReader;
  readonly signal: AbortSignal;
  readonly seal: Seal;
  /** Told what the answer has to say about itself, in our own words. */
  note(text: string): void;
}

/** Where a list goes on: the page (the first when there is no link), and how many of its items are past. */
const place = z.strictObject({ link: z.string().optional(), skip: z.number().int().min(0) });
type Place = z.output<typeof place>;

/** The list port of one call: see `ListPort`. */
export function listPortOf(call: ListCall): ListPort {
  return async ({ at, schema, query, pageSize, cursor }) => {
    const binding = bindingOf(call, at.url);
    let here = cursor === undefined ? { skip: 0 } : opened(call.seal.open(cursor, binding));
    let total: number | undefined;
    while (true) {
      call.signal.throwIfAborted();
      const page = await call.graph.page(at, schema, { ...query, top: pageSize }, here.link);
      total ??= page.total;
      const items = page.items.slice(here.skip, here.skip + pageSize);
      if (items.length > 0 || page.next === undefined) {
        const taken = fitted(items, Math.max(cursorSize(here.link), cursorSize(page.next)), call);
        return answerOf(taken, total, following(here, taken.length, page), { call, binding });
      }
      if (page.next === here.link) throw endless();
      here = { link: page.next, skip: 0 };
    }
  };
}

/** The list port of one call for what the server keeps itself: see `KeptListPort`. */
export function keptListPortOf(call: Omit<ListCall, 'graph'>): KeptListPort {
  return async ({ pageSize, cursor, read }) => {
    const binding = bindingOf(call);
    const { skip } = cursor === undefined ? { skip: 0 } : opened(call.seal.open(cursor, binding));
    const { items, total } = await read(skip, pageSize);
    const taken = fitted(items, cursorSize(), call);
    const past = skip + taken.length;
    return answerOf(taken, total, past < total && taken.length > 0 ? { skip: past } : undefined, { call, binding });
  };
}

/** What a cursor is good for: this tool, these arguments, this tenant. */
function bindingOf({ tool, input, tenantId }: Omit<ListCall, 'graph'>, url?: string): unknown {
  const { cursor: _, ...asked } = input;
  return [tool, asked, tenantId, ...(url === undefined ? [] : [url])];
}

function answerOf<T>(
  items: T[],
  total: number | undefined,
  next: Place | undefined,
  { call, binding }: { readonly call: Omit<ListCall, 'graph'>; readonly binding: unknown },
): ListAnswer<T> {
  return {
    items,
    ...(next === undefined ? {} : { nextCursor: call.seal.close(next, binding) }),
    ...(total === undefined ? {} : { total }),
  };
}

/** As many of `items` as an answer holds, beside a cursor of `cursorBytes`. */
function fitted<T>(items: readonly T[], cursorBytes: number, call: Pick<ListCall, 'note'>): T[] {
  const room = answerLimit - frame - cursorBytes;
  const taken: T[] = [];
  let used = 0;
  for (const item of items) {
    const size = sizeOf(item) + 1;
    if (used + size > room && taken.length > 0) break;
    taken.push(size > room ? shortened(item, room) : item);
    if (size > room) call.note('An item was larger than an answer can be: long texts and lists in it are cut.');
    used += size;
  }
  if (taken.length < items.length) {
    call.note(
      `Cut at 64 KB, after ${taken.length} of the ${items.length} items of this page; nextCursor goes on there.`,
    );
  }
  return taken;
}

/** The place after `count` more items of the page at `here`; undefined at the end. */
function following<T>(here: Place, count: number, page: Page<T>): Place | undefined {
  const skip = here.skip + count;
  if (skip < page.items.length) return { ...here, skip };
  return page.next === undefined ? undefined : { link: page.next, skip: 0 };
}

/** More bytes than the cursor to a link can have. */
function cursorSize(link = ''): number {
  return Math.ceil((Buffer.byteLength(JSON.stringify(link)) * 4) / 3);
}

/** Bytes that a value takes in an answer's text. */
function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(visibleDeep(value)) ?? '', 'utf8');
}

/** The item with its longest texts and lists cut until it fits. */
function shortened<T>(item: T, room: number): T {
  let length = 8192;
  let cut = cutTo(item, length);
  while (sizeOf(cut) + 1 > room && length > 1) {
    length = Math.floor(length / 2);
    cut = cutTo(item, length);
  }
  return cut;
}

function cutTo<T>(value: T, length: number): T;
function cutTo(value: unknown, length: number): unknown {
  if (typeof value === 'string') return value.length > length ? `${value.slice(0, length)}…` : value;
  if (Array.isArray(value)) return value.slice(0, length).map((item) => cutTo(item, length));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cutTo(item, length)]));
}

function opened(payload: unknown): Place {
  const parsed = place.safeParse(payload);
  if (parsed.success) return parsed.data;
  throw new ToolError('INPUT_INVALID', {
    message:
      'The cursor does not belong to this question: it is good for one tool, one set of arguments and one run of the server.',
    fix: 'Pass nextCursor unchanged with exactly the arguments it came from, or leave cursor out to start again.',
    detail: { fields: [{ field: 'cursor', problem: 'does not belong to this question' }] },
  });
}

function endless(): ToolError {
  return new ToolError('UPSTREAM', {
    message: 'Graph answered an empty page that leads to itself.',
    fix: 'Start the list again without a cursor.',
  });
}
