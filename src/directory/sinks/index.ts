export { sinkCursors } from './cursors.ts';
export { Delivery } from './delivery.ts';
export { sinksTo } from './kinds.ts';
export type { Sink } from './sink.ts';
export { targetOf } from './target.ts';
