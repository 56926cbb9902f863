import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Desk, Outcome } from '../desk.ts';
import { exits } from '../failure.ts';
import { connectAgent } from './agent.ts';
import { apply, applyAgain, approve, insist, plan } from './changing.ts';
import { tellHowToConnect } from './connecting.ts';
import { get, meetTools, mistype, search } from './finding.ts';
import { audit } from './recording.ts';
import { Stage } from './stage.ts';
import { NotShown } from './step.ts';

const steps: readonly { readonly title: string; readonly play: (stage: Stage) => Promise<void> }[] = [
  { title: 'The tools', play: meetTools },
  { title: 'The agent finds a person', play: search },
  { title: 'and reads the account', play: get },
  { title: 'Bad input is refused', play: mistype },
  { title: 'A destructive change becomes a plan', play: plan },
  { title: 'The agent cannot approve it', play: insist },
  { title: 'A human reads it in another window, and approves', play: approve },
  { title: 'The plan is applied, and read back', play: apply },
  { title: 'It is applied once', play: applyAgain },
  { title: 'The record', play: audit },
];

/**
 * `entra-mcp tour`: a scripted agent session through a real MCP client over stdio, on a demo tenant with a state folder of its
 * own. Each step is held to what it says: the exit code is 0 only when every one showed it.
 */
export async function tour(desk: Desk): Outcome {
  const stateDir = mkdtempSync(join(tmpdir(), 'entra-mcp-tour-'));
  try {
    return await played(desk, stateDir);
  } finally {
    rmSync(stateDir, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function played(desk: Desk, stateDir: string): Outcome {
  drawStage(desk);
  const { ports } = desk;
  const [command, ...first] = ports.self;
  const began = ports.clock.now();
  const agent = await connectAgent(
    {
      command,
      args: [...first, 'serve', '--demo'],
      env: { ENTRA_MCP_STATE_DIR: stateDir, ENTRA_MCP_OPEN_BROWSER: 'false' },
    },
    ports.version,
  );
  const stage = new Stage(desk, agent, stateDir);
  try {
    for (const [index, { title, play }] of steps.entries()) {
      desk.out.line({ text: `${index + 1}. ${title}`, ink: 'bold' });
      await play(stage);
      desk.out.line();
    }
  } catch (error) {
    if (!(error instanceof NotShown)) throw error;
    desk.err.paragraph(`Not shown: ${error.message}.`, {
      first: 'entra-mcp: the tour failed. ',
      rest: '  ',
      ink: 'red',
    });
    desk.err.lines(agent.log());
    return exits.failed;
  } finally {
    await agent.close();
  }
  const seconds = ((ports.clock.now() - began) / 1000).toFixed(1);
  desk.out.paragraph(`All ${steps.length} steps showed what they should, in ${seconds} s.`, { ink: 'green' });
  desk.out.line();
  tellHowToConnect(desk);
  return exits.done;
}

const picture = [
  '   agent                         entra-mcp serve --demo              demo tenant',
  '  (MCP client) ── stdio ──────▶  plans, guards, audit  ── HTTP ───▶  simulated Graph',
  '                                        ▲',
  '                                        │ signed approval, through the state folder',
  '   human in another window ─────────────┘',
  '   entra-mcp approve <plan>',
];

function drawStage({ out }: Desk): void {
  out.line({ text: 'entra-mcp: a change, from the question to the record', ink: 'bold' });
  out.line();
  for (const line of picture) out.line({ text: line, ink: 'dim' });
  out.line();
}
