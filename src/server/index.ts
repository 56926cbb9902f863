/** What commands need of the server. stdio.ts and served.ts are imported directly, so that each loads alone. */
export { parsedInput } from './input.ts';
export { createPipeline } from './pipeline.ts';
export type { ServedTool, ServerPorts } from './ports.ts';
export type { ToolAnswer } from './rendering.ts';
