import { expect, it } from 'vitest';
import { chain } from '../../src/graph/chain.ts';
import type { Interceptor } from '../../src/graph/request.ts';
import { requestOf, responseOf } from './requests.ts';

it('runs interceptors in their visible order, the first outermost', async () => {
  const order: string[] = [];
  const named =
    (name: string): Interceptor =>
    async (request, next) => {
      order.push(`> ${name}`);
      const response = await next({ ...request, headers: { ...request.headers, [name]: 'was here' } });
      order.push(`< ${name}`);
      return response;
    };
  const send = chain([named('first'), named('second')], async (request) => {
    order.push(Object.keys(request.headers).join());
    return responseOf(200);
  });
  await send(requestOf());
  expect(order).toEqual(['> first', '> second', 'first,second', '< second', '< first']);
});
