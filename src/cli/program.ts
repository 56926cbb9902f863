import { Command } from 'commander';
import { jsonOf, timeSpan, trailHead, wholeNumber } from './arguments.ts';
import type { Desk, StateOptions } from './desk.ts';

/** What ends with an exit code. */
type Ends = (code: Promise<number>) => Promise<void>;

/** Every command that people type, and its options. What a command needs is loaded when it is called. */
export function programOf(desk: Desk, ends: Ends): Command {
  const program = new Command('entra-mcp')
    .description(
      'Microsoft Entra ID user lifecycle for AI agents: every change planned, approved by a human, applied once, recorded.',
    )
    .version(desk.ports.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => desk.out.lines(text),
      writeErr: (text) => desk.err.lines(text),
      getOutHelpWidth: () => desk.out.sheet.width,
      getErrHelpWidth: () => desk.err.sheet.width,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError('(--help tells what there is)');
  addServing(program, desk, ends);
  addChecks(program, desk, ends);
  addTools(program, desk, ends);
  addSync(program, desk, ends);
  addDecisions(program, desk, ends);
  addPolicies(program, desk, ends);
  addAudit(program, desk, ends);
  return program;
}

function addServing(program: Command, desk: Desk, ends: Ends): void {
  program
    .command('serve')
    .description('serve MCP over stdio to a client; this is what no command at all means')
    .option('--demo', 'serve a simulated tenant of its own: no credentials needed')
    .option('--users <n>', 'with --demo: how many people it has, 25 to 1000000 (500)')
    .option('--env-file <file>', 'read settings from this file too')
    .action(() => {
      throw new TypeError('serve is started by the entry, not here');
    });
  program
    .command('demo-tenant')
    .description('run a simulated Microsoft Graph on loopback; prints its URL as the first line')
    .option('--port <port>', 'port to listen on (any that is free)', wholeNumber(0, 65_535))
    .option('--users <count>', 'people in the tenant (500)', wholeNumber(1, 1_000_000))
    .option('--seed <number>', 'another seed makes another tenant', wholeNumber(0, 2 ** 32 - 1))
    .option('--faults <spec>', 'let things go wrong: 429:0.05,503:0.01,PATCH /users/*=504-after:x1')
    .action(async (options: { port?: number; users?: number; seed?: number; faults?: string }) => {
      const { demoTenant } = await import('./commands/demo-tenant.ts');
      await ends(demoTenant(desk, options));
    });
  program
    .command('tour')
    .description('watch an agent find, plan, get approved and change, on the demo tenant')
    .action(async () => {
      const { tour } = await import('./tour/index.ts');
      await ends(tour(desk));
    });
}

function addChecks(program: Command, desk: Desk, ends: Ends): void {
  program
    .command('doctor')
    .description('check settings, network, clock, sign-in, permissions, state; each line with its fix; changes nothing')
    .option('--demo', 'on a simulated tenant that ends with the check')
    .option('--env-file <file>', 'read settings from this file too')
    .option('--json', 'print the findings as data')
    .action(async (options: { demo?: boolean; envFile?: string; json?: boolean }) => {
      const { doctor } = await import('./commands/doctor.ts');
      await ends(doctor(desk, { ...options, demo: options.demo === true }));
    });
}

function addTools(program: Command, desk: Desk, ends: Ends): void {
  program
    .command('tools')
    .description('list the tools by toolset')
    .option('--json', 'print their definitions')
    .action(async (options: { json?: boolean }) => {
      const { tools } = await import('./commands/tools.ts');
      await ends(tools(desk, options));
    });
  program
    .command('call')
    .description('call one tool, as an MCP client would; prints its structured answer as JSON')
    .argument('<tool>', 'name of the tool')
    .argument('[json]', 'its arguments as JSON, or - to read them from standard input', '{}')
    .option('--demo', 'on a simulated tenant that ends with the call')
    .option('--env-file <file>', 'read settings from this file too')
    .action(async (tool: string, json: string, options: { demo?: boolean; envFile?: string }, command: Command) => {
      const text = json === '-' ? await desk.keyboard.all() : json;
      const args = parsedOr(text, command);
      const { call } = await import('./commands/call.ts');
      await ends(call(desk, { ...options, tool, args, demo: options.demo === true }));
    });
}

function addSync(program: Command, desk: Desk, ends: Ends): void {
  program
    .command('sync')
    .description('bring the mirror of the directory up to date, and deliver what changed')
    .option('--to <target>', 'a file, or the https URL of a webhook; several times for several targets', oneMore)
    .option('--watch', 'go on until it is asked to end')
    .option(
      '--interval <time>',
      'with --watch: wait between rounds (ENTRA_MCP_SYNC_INTERVAL)',
      timeSpan(30_000, 86_400_000),
    )
    .option('--demo', 'on a simulated tenant that ends with the command')
    .option('--env-file <file>', 'read settings from this file too')
    .option('--json', 'print reports as data: with --watch, a JSON object a line')
    .action(async (options: SyncFlags) => {
      const { sync } = await import('./commands/sync.ts');
      await ends(sync(desk, { ...options, to: options.to ?? [], demo: options.demo === true }));
    });
}

interface SyncFlags {
  to?: readonly string[];
  watch?: boolean;
  interval?: number;
  demo?: boolean;
  envFile?: string;
  json?: boolean;
}

function oneMore(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function parsedOr(text: string, command: Command): unknown {
  try {
    return jsonOf(text);
  } catch (error) {
    return command.error(`error: ${error instanceof Error ? error.message : 'not JSON'}`);
  }
}

function addDecisions(program: Command, desk: Desk, ends: Ends): void {
  stateful(program.command('plans').description('list the plans that wait for a human'))
    .option('--json', 'print them in full')
    .action(async (options: StateOptions & { json?: boolean }) => {
      const { plans } = await import('./commands/plans.ts');
      await ends(plans(desk, options));
    });
  for (const decision of ['approve', 'deny'] as const) {
    stateful(program.command(decision).description(`show a plan in full, and ${decision} it with the approver PIN`))
      .argument('<id>', 'id of the plan')
      .action(async (id: string, options: StateOptions) => {
        const { decide } = await import('./commands/decide.ts');
        await ends(decide(desk, { ...options, id, decision }));
      });
  }
  stateful(program.command('runs').description('list durable runs; with an id, show one step by step'))
    .argument('[id]', 'id of a run')
    .option('-n, --lines <count>', 'how many are listed, newest first', wholeNumber(1, 100_000), 20)
    .option('--json', 'print as data')
    .action(async (id: string | undefined, options: StateOptions & { lines: number; json?: boolean }) => {
      const { runs } = await import('./commands/runs.ts');
      await ends(runs(desk, { ...options, id }));
    });
  const approver = program.command('approver').description('the human who approves');
  stateful(approver.command('set-pin').description('set the approver PIN, or change it'))
    .option('--reset', 'make new keys because the PIN is lost: voids every plan that waits')
    .action(async (options: StateOptions & { reset?: boolean }) => {
      const { changePin } = await import('./commands/set-pin.ts');
      await ends(changePin(desk, options));
    });
  stateful(program.command('reveal').description('show a password made by a change, once, with the approver PIN'))
    .argument('<id>', 'id of the handoff, from the result of the change')
    .option('--stdout', 'write the secret alone to standard output, terminal or not')
    .option('--key <file>', 'open it with the private key of ENTRA_MCP_HANDOFF_KEY, a PEM file, instead of the PIN')
    .action(async (id: string, options: StateOptions & { stdout?: boolean; key?: string }) => {
      const { reveal } = await import('./commands/reveal.ts');
      await ends(reveal(desk, { ...options, id }));
    });
}

function addPolicies(program: Command, desk: Desk, ends: Ends): void {
  const policy = program.command('policy').description('the policies of ENTRA_MCP_POLICY_FILE');
  policy
    .command('check')
    .description('check a file of policies, and tell what each does; exits 78 where a server would not start with it')
    .argument('[file]', 'a file of policies (ENTRA_MCP_POLICY_FILE)')
    .option('--env-file <file>', 'read settings from this file too')
    .action(async (file: string | undefined, options: { envFile?: string }) => {
      const { check } = await import('./commands/policy.ts');
      await ends(check(desk, { ...options, file }));
    });
  policy
    .command('explain')
    .description('tell what would be decided about a change, and by which policies; reads, keeps nothing')
    .argument('<tool>', 'name of a tool that changes the tenant')
    .argument('[json]', 'its arguments as JSON', '{}')
    .option('--demo', 'on a simulated tenant that ends with the command')
    .option('--env-file <file>', 'read settings from this file too')
    .option('--requester <id>', 'as if this caller asked, such as os:alice')
    .option('--client <name>', 'as if this MCP client asked')
    .option('--json', 'print it as data')
    .action(async (tool: string, json: string, options: ExplainFlags, command: Command) => {
      const { explain } = await import('./commands/policy.ts');
      const args = parsedOr(json, command);
      await ends(explain(desk, { ...options, tool, args, demo: options.demo === true }));
    });
}

interface ExplainFlags {
  demo?: boolean;
  envFile?: string;
  requester?: string;
  client?: string;
  json?: boolean;
}

function addAudit(program: Command, desk: Desk, ends: Ends): void {
  const audit = program.command('audit').description('the record of every plan, decision and change');
  ofTenant(audit.command('tail').description('show the newest rows'))
    .option('-n, --lines <count>', 'rows of each tenant', wholeNumber(1, 100_000), 20)
    .option('--json', 'print whole rows, a JSON object a line')
    .action(async (options: StateOptions & { tenant?: string; lines: number; json?: boolean }) => {
      const { tail } = await import('./commands/audit.ts');
      await ends(tail(desk, options));
    });
  ofTenant(
    audit.command('export').description('write every row whole, with its hash, a JSON object a line, oldest first'),
  ).action(async (options: StateOptions & { tenant?: string }) => {
    const { exportTrail } = await import('./commands/audit.ts');
    await ends(exportTrail(desk, options));
  });
  stateful(audit.command('verify').description('recompute the hash chain; exits 1 where it is broken'))
    .option('--head <hash>', 'a head noted earlier: exits 1 where no trail contains it', trailHead)
    .option(
      '--tenant [id]',
      "with an id, this tenant only; without, sign in and compare with Entra's own audit log too: exits 1 where that has changes which the trail lacks",
    )
    .action(async (options: StateOptions & { tenant?: string | true; head?: string }) => {
      const { verify } = await import('./commands/audit.ts');
      await ends(verify(desk, options));
    });
}

function ofTenant(command: Command): Command {
  return stateful(command).option('--tenant <id>', 'this tenant only');
}

function stateful(command: Command): Command {
  return command
    .option('--state-dir <dir>', 'folder with the state (ENTRA_MCP_STATE_DIR)')
    .option('--env-file <file>', 'read settings from this file too');
}
