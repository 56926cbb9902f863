const key = Buffer.from('"@odata.nextLink":');

/**
 * The next link of a page that is not parsed yet, so that the next page can be on its way while this one is taken in. No
 * string of the page can hold the key as it is looked for: its quotes would be escaped. Undefined where there is none, or
 * it is written in another way: the parsed page tells.
 */
export function peekedNext(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = text.indexOf(key);
  if (at < 0) return undefined;
  const found = /^\s*"((?:[^"\\]|\\.)*)"/.exec(text.toString('utf8', at + key.length, at + key.length + 4096));
  try {
    return found === null ? undefined : String(JSON.parse(`"${found[1]}"`));
  } catch {
    return undefined;
  }
}
