import type { Interceptor, Next } from './request.ts';

/** Composes interceptors, the first outermost, around what sends. */
export function chain(interceptors: readonly Interceptor[], send: Next): Next {
  return interceptors.reduceRight<Next>((next, interceptor) => (request) => interceptor(request, next), send);
}
