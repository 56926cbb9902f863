import type { Config } from '../config/index.ts';
import type { Place } from './place.ts';

/** The exact command that approves a plan, whatever folder it is typed in and whichever Node is on the PATH. */
export function approveCommand(
  planId: string,
  { place, config }: { place: Place; config: Pick<Config, 'stateDir' | 'origin'> },
): string {
  const elsewhere = config.origin['ENTRA_MCP_STATE_DIR'] !== 'default';
  const words = [
    process.execPath,
    place.entry,
    'approve',
    planId,
    ...(elsewhere ? ['--state-dir', config.stateDir] : []),
  ];
  return words.map(quoted).join(' ');
}

/** One word of a command line, quoted where a shell would take it apart. */
function quoted(word: string): string {
  if (/^[A-Za-z0-9_@%+=:,./\\-]+$/.test(word) && !(process.platform !== 'win32' && word.includes('\\'))) return word;
  return process.platform === 'win32' ? `"${word}"` : `'${word.replaceAll("'", "'\\''")}'`;
}
