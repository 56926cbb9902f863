import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { Agent, request } from 'undici';
import { type Line, median } from './measure.ts';
import { StdioClient } from './stdio-client.ts';

const rounds = 1500;
const warmUp = 300;
const root = dirname(import.meta.dirname);

/** get_user over stdio against a loopback Graph, and a bare undici GET of the same URL, in turn. */
export async function getUser(): Promise<Line[]> {
  const { child, url } = await demoTenant();
  const client = new StdioClient([join(root, 'dist/main.js'), 'serve'], {
    ENTRA_MCP_GRAPH_URL: url,
    ENTRA_MCP_AUTH: 'none',
    ENTRA_MCP_LOG_LEVEL: 'error',
  });
  const agent = new Agent();
  try {
    await client.initialize();
    const user = await anyUser(url, agent);
    const through: number[] = [];
    const bare: number[] = [];
    for (let round = 0; round < rounds + warmUp; round += 1) {
      const [one, two] = [
        await timed(() => client.request('tools/call', { name: 'get_user', arguments: { user } })),
        await timed(() => fetched(`${url}/v1.0/users/${user}?$select=${selected}`, agent)),
      ];
      if (round >= warmUp) through.push(one);
      if (round >= warmUp) bare.push(two);
    }
    const [ours, theirs] = [median(through), median(bare)];
    const against = `a bare undici GET of the same URL: ${theirs.toFixed(2)} ms, ours ${ours.toFixed(2)} ms (p50 of ${rounds})`;
    return [{ what: 'get_user over stdio, more than', measured: ours - theirs, reach: 0.5, unit: 'ms', against }];
  } finally {
    client.close();
    await agent.close();
    child.kill();
  }
}

const selected =
  'id,displayName,userPrincipalName,mail,jobTitle,department,accountEnabled,userType,onPremisesSyncEnabled';

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

async function fetched(url: string, dispatcher: Agent): Promise<unknown> {
  const { body } = await request(url, { dispatcher });
  return body.json();
}

async function anyUser(url: string, agent: Agent): Promise<string> {
  const page = await fetched(`${url}/v1.0/users?$top=1&$select=id`, agent);
  const [first]: { id: string }[] = Object(page).value;
  if (first === undefined) throw new Error('The demo tenant has no users');
  return first.id;
}

/** The demo tenant as a process of its own: what it costs is not ours. */
async function demoTenant(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [join(root, 'dist/main.js'), 'demo-tenant'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const url = await new Promise<string>((resolve) => {
    child.stdout?.setEncoding('utf8').once('data', (text: string) => resolve(text.split('\n')[0] ?? ''));
  });
  return { child, url };
}
