import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The file that a thread or a process of the mirror begins with: from source, below this folder; of the bundle, whose chunks
 * lie in a folder, beside its entry.
 */
export function entryOf(source: string, bundled: string): string {
  const at = (place: string) => fileURLToPath(new URL(place, import.meta.url));
  if (import.meta.url.endsWith('.ts')) return at(source);
  const places = [at(`./${bundled}`), at(`../${bundled}`)] as const;
  return places.find((place) => existsSync(place)) ?? places[0];
}
