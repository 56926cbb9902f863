/** Cedar as WebAssembly, 4 MB: loaded for whoever has policies, and for nobody else. */
export type Cedar = typeof import('@cedar-policy/cedar-wasm/nodejs');

export function loadCedar(): Promise<Cedar> {
  return import('@cedar-policy/cedar-wasm/nodejs');
}
