import { z } from 'zod';
import type { planView } from '../../contract/index.ts';
import type { Desk } from '../desk.ts';
import type { Agent, AgentAnswer } from './agent.ts';
import { type Ended, runAgain } from './second-process.ts';
import { mustShow } from './step.ts';

/** A person as lists show them. */
export const person = z.object({
  id: z.string(),
  displayName: z.string().nullish(),
  userPrincipalName: z.string(),
  jobTitle: z.string().nullish(),
  department: z.string().nullish(),
  accountEnabled: z.boolean().nullish(),
});
export type Person = z.output<typeof person>;

/** What all steps share: both actors, the folder between them, and what was found on the way. */
export class Stage {
  readonly desk: Desk;
  readonly agent: Agent;
  readonly stateDir: string;
  person: Person | undefined;
  plan: z.output<typeof planView> | undefined;
  auditHead: string | undefined;

  constructor(desk: Desk, agent: Agent, stateDir: string) {
    this.desk = desk;
    this.agent = agent;
    this.stateDir = stateDir;
  }

  /** The agent calls a tool; the call is shown as it is made. */
  async call(tool: string, args: Readonly<Record<string, unknown>>): Promise<AgentAnswer> {
    const { out } = this.desk;
    const spaced = JSON.stringify(args, undefined, 1).replaceAll(/\n\s*/g, ' ');
    out.paragraph(`${tool} ${spaced}`, { first: '  agent  → ', rest: '           ', ink: 'cyan' });
    return this.agent.call(tool, args);
  }

  /** A person types a command in another window: a process of its own, which shares the state folder and nothing else. */
  async type(words: readonly string[], stdin?: string): Promise<Ended> {
    const { out, ports } = this.desk;
    const input = stdin === undefined ? '' : `   (types the PIN: ${stdin.trim()})`;
    out.line('  human  $ ', { text: `entra-mcp ${words.join(' ')}`, ink: 'green' }, { text: input, ink: 'dim' });
    return runAgain(ports.self, [...words, '--state-dir', this.stateDir], {
      columns: out.sheet.width - 6,
      ...(stdin === undefined ? {} : { stdin }),
    });
  }

  says(text: string): void {
    this.desk.out.paragraph(text, { first: '  ' });
  }

  /** What a program wrote, set apart by a bar. */
  quotes(text: string): void {
    for (const line of text.replace(/\s+$/, '').split('\n')) this.desk.out.line({ text: '    │ ', ink: 'dim' }, line);
  }

  answers(text: string): void {
    this.desk.out.paragraph(text, { first: '  server ← ', rest: '           ' });
  }

  get subject(): Person {
    mustShow(this.person !== undefined, 'a person was found');
    return this.person;
  }

  get proposed(): z.output<typeof planView> {
    mustShow(this.plan !== undefined, 'a plan was made');
    return this.plan;
  }
}
