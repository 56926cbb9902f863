/**
 * Text from the tenant, made safe to show to a model or an approver: control characters (line breaks too), bidi
 * controls, zero-width and Unicode tag characters become visible escapes like `⟨U+202E⟩`, so that nothing in it can
 * reorder, hide or break out of the line it stands in. [unicode.org/reports/tr36]
 */
export function visible(text: string): string {
  return text.replace(
    unseen,
    (char) => `⟨U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
}

// Cc controls, Cf format (bidi, zero width, tags, soft hyphen), Zl/Zp separators, Cs lone surrogates, fillers that draw nothing.
const unseen =
  /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]|\u034F|\u115F|\u1160|\u17B4|\u17B5|\u3164|\uFFA0|[\uFE00-\uFE0F]|[\u{E0100}-\u{E01EF}]/gu;

/** `visible` for every string in a JSON value, keys too. */
export function visibleDeep<T>(value: T): T;
export function visibleDeep(value: unknown): unknown {
  if (typeof value === 'string') return visible(value);
  if (Array.isArray(value)) return value.map((item) => visibleDeep(item));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [visible(key), visibleDeep(item)]));
  }
  return value;
}
