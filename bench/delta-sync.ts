import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Line, median } from './measure.ts';
import { StdioClient } from './stdio-client.ts';

const root = dirname(import.meta.dirname);
const rounds = 3;

interface Synced {
  readonly firstMs: number;
  readonly secondMs: number;
  readonly answerBytes: number;
  readonly peakMb: number;
}

/**
 * `delta_sync` of 20,000 and of 100,000 users, with their groups and memberships, through the whole server: against a bare loop
 * over the same pages, as node:sqlite opens a table by itself. The same loop with a write-ahead log is told beside it.
 */
export async function deltaSync(): Promise<Line[]> {
  return [...(await linesOf(20_000)), ...(await linesOf(100_000))];
}

/** Memory at a million users, against that at a hundred thousand. Takes minutes, and 2 GB for the pages. */
export async function deltaSyncMillion(): Promise<Line[]> {
  const few = await withPages(100_000, (url) => synced(url));
  const many = await withPages(1_000_000, (url) => synced(url));
  const against = `100,000 users: ${few.peakMb.toFixed(0)} MB; a million: ${many.peakMb.toFixed(0)} MB in ${(many.firstMs / 1000).toFixed(1)} s`;
  return [
    { what: 'peak memory at 1,000,000 users', measured: many.peakMb / few.peakMb, reach: 1.15, unit: 'x', against },
  ];
}

async function linesOf(users: number): Promise<Line[]> {
  return withPages(users, async (url) => {
    const ours: Synced[] = [];
    const bare: { readonly [way: string]: number[] } = { wal: [], delete: [], iterator: [] };
    for (let round = 0; round < rounds; round += 1) {
      bare['wal']?.push(await bareMs(url, 'undici', 'wal'));
      bare['delete']?.push(await bareMs(url, 'undici', 'delete'));
      bare['iterator']?.push(await bareMs(url, 'page-iterator', 'wal'));
      ours.push(await synced(url));
    }
    const of = (name: keyof Synced) => median(ours.map((one) => one[name]));
    const [wal = 0, plain = 0, iterator = 0] = ['wal', 'delete', 'iterator'].map((way) => median(bare[way] ?? []));
    const times = `ours ${of('firstMs').toFixed(0)} ms; bare loop ${plain.toFixed(0)} ms (with WAL ${wal.toFixed(0)} ms); PageIterator ${iterator.toFixed(0)} ms`;
    const name = `${users / 1000},000 users`;
    return [
      { what: `first sync, ${name}`, measured: of('firstMs') / plain, reach: 1.3, unit: 'x', against: times },
      {
        what: `second sync, 1 % changed, ${name}`,
        measured: of('secondMs') / of('firstMs'),
        reach: 0.05,
        unit: 'x',
        against: `the first: ${of('secondMs').toFixed(0)} ms of ${of('firstMs').toFixed(0)} ms`,
      },
      {
        what: `handed to the model, ${name}`,
        measured: of('answerBytes') / 1024,
        reach: 2,
        unit: 'KB',
        against: 'the whole answer',
      },
      { what: `peak memory, ${name}`, measured: of('peakMb'), reach: 200, unit: 'MB', against: 'VmHWM of the server' },
    ];
  });
}

async function withPages<T>(users: number, work: (url: string) => Promise<T>): Promise<T> {
  const server = spawn(
    process.execPath,
    ['--max-old-space-size=8192', join(root, 'bench/delta-pages.ts'), String(users)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [line] = await once(server.stdout, 'data');
  try {
    return await work(String(line).trim());
  } finally {
    server.kill();
  }
}

async function bareMs(url: string, way: string, journal: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'bench/bare-sync.ts'), url, way, journal]);
  return Number(stdout);
}

async function synced(url: string): Promise<Synced> {
  const client = new StdioClient([join(root, 'dist/main.js'), 'serve'], {
    ENTRA_MCP_GRAPH_URL: url,
    ENTRA_MCP_AUTH: 'none',
    AZURE_TENANT_ID: crypto.randomUUID(),
    ENTRA_MCP_GRAPH_QUOTA: 'L',
  });
  await client.initialize();
  // The session is opened by whatever is called first.
  await client.request('tools/call', { name: 'check_access', arguments: {} });
  const call = async () => {
    const from = performance.now();
    const answer = await client.request('tools/call', {
      name: 'delta_sync',
      arguments: {},
      _meta: { progressToken: 1 },
    });
    return { ms: performance.now() - from, text: JSON.stringify(answer.result) };
  };
  const first = await call();
  if (!first.text.includes('"mode":"first"')) throw new Error(first.text);
  const peakMb = (client.peakKb() ?? 0) / 1024;
  await fetch(new URL('/changes', url), { method: 'PUT' });
  const second = await call();
  await fetch(new URL('/changes', url), { method: 'DELETE' });
  if (!/"mode":"changes".*"updated":[1-9]/.test(second.text)) throw new Error(second.text);
  client.close();
  return { firstMs: first.ms, secondMs: second.ms, answerBytes: Buffer.byteLength(first.text), peakMb };
}
