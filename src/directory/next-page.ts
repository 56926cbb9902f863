const key = Buffer.from('"@odata.nextLink":');
/** Links are shorter, and so is what stands before them. */
const longest = 8192;

const text = '"(?:[^"\\\\]|\\\\.)*"';
/** The beginning of an object whose members so far are plain. */
const plainHead = new RegExp(`^\\s*\\{\\s*(?:${text}\\s*:\\s*(?:${text}|[\\w.+-]+)\\s*,\\s*)*$`);
const value = new RegExp(`^\\s*(${text})`);
/** The end of the page. */
const end = /^\s*\}\s*$/;

/**
 * The next link of a page that is not parsed yet, so that the next page can be on its way while this one is taken in.
 * Undefined where there is none, or it stands elsewhere than among the first or as the last of the page's own members: the
 * parsed page tells. No string of the page can hold the key as it is looked for, since its quotes would be escaped; an
 * object within the page can.
 */
export function peekedNext(bytes: Uint8Array): string | undefined {
  const page = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = page.indexOf(key);
  if (first < 0) return undefined;
  if (first < longest && plainHead.test(page.toString('utf8', 0, first))) return linkAt(page, first)?.link;
  const found = linkAt(page, page.lastIndexOf(key));
  return found !== undefined && end.test(found.rest) ? found.link : undefined;
}

function linkAt(page: Buffer, at: number): { readonly link: string; readonly rest: string } | undefined {
  const from = at + key.length;
  const after = page.toString('utf8', from, from + longest);
  const [whole, link] = value.exec(after) ?? [];
  if (whole === undefined || link === undefined) return undefined;
  try {
    return { link: String(JSON.parse(link)), rest: after.slice(whole.length) };
  } catch {
    return undefined;
  }
}
