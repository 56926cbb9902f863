import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Line } from './measure.ts';
import { StdioClient } from './stdio-client.ts';

const root = dirname(import.meta.dirname);
const calls = 200;
const windowMs = 2000;
const counted = z.object({ refused: z.number() });
const answer = z.object({ structuredContent: z.object({ user: z.object({ id: z.string() }) }) });

/** 200 concurrent get_user, over stdio, against a bucket of 60 units / 2 s that the server does not know in advance. */
export async function stormLines(): Promise<Line[]> {
  const bucket = spawn(process.execPath, [join(root, 'bench/bucket-server.ts'), '60', String(windowMs)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  if (bucket.stdout === null) throw new Error('The server has no stdout');
  const [line] = await once(bucket.stdout, 'data');
  const url = String(line).trim();
  const client = new StdioClient([join(root, 'dist/main.js'), 'serve'], {
    AZURE_TENANT_ID: '11111111-2222-4333-8444-555555555555',
    ENTRA_MCP_GRAPH_URL: url,
    ENTRA_MCP_AUTH: 'none',
    ENTRA_MCP_LOG_LEVEL: 'error',
  });
  try {
    await client.initialize();
    const getUser = async (name: string) =>
      answer.safeParse((await client.request('tools/call', { name: 'get_user', arguments: { user: name } })).result);
    // What loads at the first call is loaded; then the bucket is let fill again.
    await getUser('first@contoso.example');
    await sleep(windowMs + 100);
    const before = counted.parse(await (await fetch(`${url}/counts`)).json()).refused;
    const from = performance.now();
    const answers = await Promise.all(Array.from({ length: calls }, (_, i) => getUser(`u${i}@contoso.example`)));
    const seconds = (performance.now() - from) / 1000;
    const refused = counted.parse(await (await fetch(`${url}/counts`)).json()).refused - before;
    const unanswered = answers.filter(({ success }) => !success).length;
    const against = 'a bucket of 60 units / 2 s, not known in advance';
    return [
      { what: '200 get_user at once, unanswered', measured: unanswered, reach: 0, unit: '', against },
      {
        what: '200 get_user at once',
        measured: seconds,
        reach: 7,
        unit: 's',
        against: 'the floor of that bucket: 6.0 s',
      },
      { what: 'answers of 429 they cost', measured: refused, reach: 9, unit: '', against },
    ];
  } finally {
    client.close();
    bucket.kill();
  }
}
