/** Changes are kept this long. */
export const changesKeptMs = 90 * 86_400_000;
