import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The licenses of the packages whose code is in the bundle. `inputs` are the bundled files, below `root`. */
export function noticesOf(root: string, inputs: readonly string[]): string {
  const folders = new Set(
    inputs.flatMap((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []),
  );
  const notices = [...folders].sort().map((folder) => noticeOf(join(root, folder)));
  return `The bundle contains code of these packages.\n\n${notices.join('\n')}`;
}

/** For packages that name a license and leave its text out. */
function standardText(license: string): string {
  const file = join(import.meta.dirname, 'licenses', `${license}.txt`);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
}

function noticeOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^(?:licen[cs]e|copying)(?:\.|$)/i.test(entry));
  const text = file === undefined ? standardText(String(license)) : readFileSync(join(folder, file), 'utf8').trim();
  return `${'='.repeat(80)}\n${name} ${version} (${license ?? 'see its package'})\n\n${text}\n`;
}
