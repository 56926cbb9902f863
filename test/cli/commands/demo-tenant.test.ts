import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type CliPorts, runCli } from '../../../src/cli/index.ts';
import { startDemoTenant } from '../../../src/demo/index.ts';
import { fakeTerminal, run, stoppedClock } from '../terminal.ts';

const ports: Partial<CliPorts> = { startDemo: (options) => startDemoTenant(options) };

describe('demo-tenant', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('serves until %s, and then exits 0', async (signal) => {
    const terminal = fakeTerminal();
    const ended = runCli(['demo-tenant', '--users', '25', '--seed', '7'], {
      version: '1',
      clock: stoppedClock,
      random: { bytes: (length) => new Uint8Array(length) },
      terminal,
      self: ['node', 'entra-mcp.js'],
      stateDir: () => '',
      policyFile: () => undefined,
      inventory: async () => [],
      signsIn: () => false,
      decisionPage: () => Promise.reject(new Error('none')),
      setup: () => Promise.reject(new Error('none')),
      openServer: () => Promise.reject(new Error('none')),
      openDirectory: () => Promise.reject(new Error('none')),
      startDemo: (options) => startDemoTenant(options),
    });
    while (!terminal.written.output.includes('gives orders to models')) await sleep(5);
    const [url = '', ...hints] = terminal.written.output.split('\n');
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const people = await (await fetch(`${url}/v1.0/users?$top=999`)).json();
    expect(people).toMatchObject({ value: { length: 25 } });
    expect(hints.join('\n')).toContain(`ENTRA_MCP_GRAPH_URL=${url} ENTRA_MCP_AUTH=none node entra-mcp.js serve`);
    expect(hints.join('\n')).toMatch(/maya\.lindqvist@\S+ +an ordinary member/);
    process.emit(signal);
    expect(await ended).toBe(0);
    expect(process.listenerCount(signal)).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });

  it('a taken port and an impossible size are told, not thrown', async () => {
    const other = await startDemoTenant({ users: 25 });
    const taken = await run(['demo-tenant', '--users', '25', '--port', new URL(other.url).port], { ports });
    await other.close();
    expect([taken.code, taken.output, taken.error]).toEqual([1, '', expect.stringContaining('--port')]);
    const few = await run(['demo-tenant', '--users', '3'], { ports });
    expect([few.code, few.error]).toEqual([1, expect.stringContaining('between 25 and 1000000')]);
  });

  it('things go wrong as asked, and a spec nobody understands is told', async () => {
    const specs: (string | undefined)[] = [];
    const noted: Partial<CliPorts> = {
      startDemo: async ({ faults }) => {
        specs.push(faults);
        return startDemoTenant({ users: 25, ...(faults === undefined ? {} : { faults }) });
      },
    };
    const wrong = await run(['demo-tenant', '--faults', 'lightning:0.5'], { ports: noted });
    expect([wrong.code, wrong.output]).toEqual([1, '']);
    expect(wrong.error).toContain('names no fault');
    expect(specs).toEqual(['lightning:0.5']);
  });
});
