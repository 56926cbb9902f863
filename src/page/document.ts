import { createHash } from 'node:crypto';
import { markup, script, style } from './assets.ts';
import { pagePolicy } from './headers.ts';

/** The page: the same bytes for everyone, whatever waits. */
export const pageHtml = markup
  .replace('<!--style-->', () => `<style>${style}</style>`)
  .replace('<!--script-->', () => {
    return `<script type="module">${script}</script>`;
  });

/** Its Content-Security-Policy. */
export const pageCsp = pagePolicy(hashOf(script), hashOf(style));

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
