#!/usr/bin/env node
import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';
import envPaths from 'env-paths';

// Nothing heavy is imported here: what a command needs is loaded once the compile cache is on, and nothing more.
const oldest = [22, 13] as const;
const helps = ['-h', '--help', '-V', '--version', 'help'];

if (isTooOld(process.versions.node)) {
  process.stderr.write(`entra-mcp needs Node ${oldest.join('.')} or newer; this is ${process.versions.node}.\n`);
  process.exitCode = 1;
} else {
  keepCompiled();
  const entry = fileURLToPath(import.meta.url);
  await start(ownArguments(entry), entry);
}

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
}

/** Compiled code is kept in the user's own cache folder, never in the shared temporary one. */
function keepCompiled(): void {
  try {
    const { cache } = envPaths('entra-mcp', { suffix: '' });
    if (!existsSync(cache)) mkdirSync(cache, { recursive: true, mode: 0o700 });
    module.enableCompileCache(cache);
  } catch {
    // A read-only home only costs a slower start.
  }
}

/**
 * The words after this file on the command line. A host may load this file from a script of its own: then the words
 * before it, or all where it is not named, are the host's.
 */
function ownArguments(entry: string): readonly string[] {
  const at = process.argv.findIndex((word) => word === entry || (existsSync(word) && realpathSync(word) === entry));
  return at < 0 ? [] : process.argv.slice(at + 1);
}

/** `entra-mcp` alone is `entra-mcp serve`; whatever is not `serve` is a command that a person types. */
async function start(argv: readonly string[], entry: string): Promise<void> {
  const [first] = argv;
  const serves = first === undefined || first === 'serve' || (first.startsWith('-') && !helps.includes(first));
  if (serves && !argv.some((word) => helps.includes(word))) {
    const { serve } = await import('./compose/serve.ts');
    await serve(first === 'serve' ? argv.slice(1) : argv, entry);
  } else {
    const { command } = await import('./compose/commands.ts');
    process.exitCode = await command(argv, entry);
  }
}
