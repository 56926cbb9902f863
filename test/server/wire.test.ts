import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StdioWire } from '../../src/server/wire.ts';

async function wired() {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const wire = new StdioWire({ stdin: input, stdout: output });
  const [heard, errors]: [unknown[], string[]] = [[], []];
  const closed = Promise.withResolvers<void>();
  wire.onmessage = (message) => heard.push(message);
  wire.onerror = (error) => errors.push(error.message);
  wire.onclose = () => closed.resolve();
  await wire.start();
  return { wire, input, output, heard, errors, closed: closed.promise };
}

const message = (id: number, text = '') => ({ jsonrpc: '2.0' as const, id, method: 'ping', params: { text } });

describe('a wire', () => {
  test('reads a message a line, however the bytes arrive', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(400), { maxLength: 12 }),
        fc.constantFrom('\n', '\r\n'),
        async (texts, cuts, end) => {
          const { input, heard, closed } = await wired();
          const bytes = Buffer.from(texts.map((text, i) => JSON.stringify(message(i, text)) + end).join(''));
          const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
          for (let i = 1; i < at.length; i += 1) input.write(bytes.subarray(at[i - 1], at[i]));
          input.end();
          await closed;
          expect(heard).toEqual(texts.map((text, i) => message(i, text)));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('passes over what is no message, and says so', async () => {
    const { input, heard, errors, closed } = await wired();
    input.end(`not json\n\n  \n[1]\n7\nnull\n{"jsonrpc":"1.0"}\n${JSON.stringify(message(1))}\n`);
    await closed;
    expect(heard).toEqual([message(1)]);
    expect(errors).toHaveLength(5);
  });

  test('writes a message a line', async () => {
    const { wire, output } = await wired();
    await wire.send(message(1, 'a\nb'));
    expect(output.read()?.toString()).toBe(`${JSON.stringify(message(1, 'a\nb'))}\n`);
  });

  test('closes on a message without end', async () => {
    const { input, heard, errors, closed } = await wired();
    for (let i = 0; i < 11; i += 1) input.write('x'.repeat(1024 * 1024));
    await closed;
    expect(heard).toEqual([]);
    expect(errors).toEqual(['A message is longer than 10485760 bytes']);
  });

  test('closes when the client no longer reads', async () => {
    const { wire, output, closed } = await wired();
    output.destroy(new Error('EPIPE'));
    await closed;
    await expect(wire.send(message(1))).rejects.toThrow('closed');
  });

  test('lets what was read be taken in before it closes', async () => {
    const { wire, input, closed } = await wired();
    const order: string[] = [];
    wire.beforeClose = async () => {
      await new Promise(setImmediate);
      order.push('taken in');
    };
    input.end();
    await closed;
    order.push('closed');
    expect(order).toEqual(['taken in', 'closed']);
  });
});
