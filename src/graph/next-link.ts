import type { GraphRoot } from './root.ts';

/**
 * A next link repeats the whole query and adds a token to it. As this port hands it out, only what was added is left
 * (`&$skiptoken=…`): a link travels through a model's context. A link of any other form is handed out whole.
 */
export function shortLink(link: string, first: string, root: GraphRoot): string {
  const [path, query] = parts(root.follow(link));
  const [firstPath, firstQuery] = parts(first);
  if (path !== firstPath || firstQuery === '') return link;
  const asked = new URLSearchParams(firstQuery);
  const repeated = new URLSearchParams(query);
  if ([...asked].some(([name, value]) => repeated.get(name) !== value)) return link;
  const added = query.split('&').filter((part) => !asked.has(decodeURIComponent(part.split('=')[0] ?? '')));
  return added.map((part) => `&${part}`).join('');
}

/** The request target of a link that `shortLink` made from the same first target. @throws ToolError UPSTREAM */
export function targetOf(link: string, first: string, root: GraphRoot): string {
  return link.startsWith('&') ? first + link : root.follow(link);
}

function parts(target: string): [path: string, query: string] {
  const at = target.indexOf('?');
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)];
}
