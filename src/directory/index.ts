export { Directory } from './directory.ts';
export { mirrorFile } from './mirror-file.ts';
export * from './sinks/index.ts';
