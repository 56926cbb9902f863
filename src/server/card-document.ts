import type { ReadResourceResult } from '@modelcontextprotocol/server';
import { markup, script, style } from '../card/assets.ts';
import { planCard } from './resources.ts';

const html = markup
  .replace('<!--style-->', () => `<style>${style}</style>`)
  .replace('<!--script-->', () => `<script type="module">${script}</script>`);

/** What `resources/read` answers for the card: it loads nothing, so the host's strictest policy is right for it. */
export const planCardContents: ReadResourceResult = {
  contents: [{ uri: planCard.uri, mimeType: planCard.mimeType, text: html, _meta: { ui: { prefersBorder: true } } }],
};
