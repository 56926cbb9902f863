#!/usr/bin/env node
import { existsSync, mkdirSync } from 'node:fs';
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
  await start(process.argv.slice(2));
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

/** `entra-mcp` alone is `entra-mcp serve`; whatever is not `serve` is a command that a person types. */
async function start(argv: readonly string[]): Promise<void> {
  const entry = fileURLToPath(import.meta.url);
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
