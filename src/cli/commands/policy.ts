import { type Policy, type PolicyRemark, policyActions, readPolicyFile } from '../../approval/index.ts';
import { ToolError } from '../../contract/index.ts';
import { parsedInput } from '../../server/index.ts';
import type { Desk, Outcome } from '../desk.ts';
import { exits } from '../failure.ts';
import { untilAskedToEnd } from '../stopping.ts';

interface CheckOptions {
  readonly file: string | undefined;
  readonly envFile?: string;
}

/** `entra-mcp policy check`: whether a file of policies is good, what each does, and which ones may not do what they seem to. */
export async function check(desk: Desk, { file: named, ...options }: CheckOptions): Outcome {
  const { out, err, ports } = desk;
  const file = named ?? ports.policyFile(options);
  if (file === undefined) {
    err.paragraph('No file is named, and ENTRA_MCP_POLICY_FILE is not set.', { first: 'entra-mcp: ', ink: 'red' });
    return exits.usage;
  }
  const { policies, problems, warnings } = await readPolicyFile(file, policyActions(await ports.inventory()));
  for (const one of problems) drawRemark(desk, file, one, 'red');
  if (problems.length > 0) {
    err.paragraph(
      `The file is not followed: a server that is given it does not start. Correct ${problems.length === 1 ? 'it' : `all ${problems.length}`}.`,
    );
    return exits.configuration;
  }
  if (policies.length === 0) out.paragraph('The file holds no policy: the settings alone decide.');
  for (const policy of policies) drawPolicy(desk, policy);
  for (const one of warnings) drawRemark(desk, file, one, 'yellow');
  if (policies.some(({ rule }) => rule === 'without-approval')) {
    out.paragraph(
      'Policies that loosen never let pass what cannot be taken back, needs step-up, is about power over the directory ' +
        'or about more than 10 people: there a human decides, whatever they say.',
    );
  }
  out.paragraph(
    `Hours and weekdays are those of the time zone ${Intl.DateTimeFormat().resolvedOptions().timeZone} (TZ).`,
  );
  return exits.done;
}

function drawRemark({ err }: Desk, file: string, { line, column, message }: PolicyRemark, ink: 'red' | 'yellow'): void {
  err.paragraph(`${file}:${line}:${column}: ${message}`, { rest: '  ', ink });
}

const effects: Readonly<Record<Policy['rule'], string>> = {
  'without-approval': 'LOOSENS: applied without a human',
  approval: 'tightens: a human decides',
  'step-up': 'tightens: a human decides, at the terminal or on the page',
  deny: 'forbids',
};

/** A policy in a few lines: its name, what it does, and what it says itself. */
function drawPolicy({ out }: Desk, { id, rule, reason, line, text }: Policy): void {
  out.line(
    { text: id, ink: 'bold' },
    { text: `  line ${line}  `, ink: 'dim' },
    { text: effects[rule], ink: rule === 'without-approval' ? 'yellow' : 'cyan' },
  );
  if (reason !== undefined) out.paragraph(reason, { first: '  ' });
  const body = text.slice(Math.max(0, text.search(/^\s*(?:permit|forbid)\b/m)));
  for (const row of body.split('\n').filter((one) => one.trim() !== ''))
    out.line({ text: `  │ ${row.trimEnd()}`, ink: 'dim' });
  out.line();
}

interface ExplainOptions {
  readonly tool: string;
  readonly args: unknown;
  readonly demo: boolean;
  readonly envFile?: string;
  readonly requester?: string;
  readonly client?: string;
  readonly json?: boolean;
}

const decisions = {
  nothing: 'There is nothing to do.',
  applied: 'It would be applied at once, without a human.',
  human: 'It would wait for a human.',
  'step-up': 'It would wait for a human at the terminal or on the page (step-up).',
  denied: 'It would be denied.',
} as const;

/** `entra-mcp policy explain`: what would be decided about a change now, and by which policies. Plans, and keeps nothing. */
export async function explain(desk: Desk, options: ExplainOptions): Outcome {
  const { demo, envFile, json } = options;
  const server = await desk.ports.openServer({ demo, ...(envFile === undefined ? {} : { envFile }) });
  try {
    const explained = await asked(desk, server.ports, options);
    if (json === true) desk.out.json(explained, 2);
    else draw(desk, explained);
    return exits.done;
  } finally {
    await server.close();
  }
}

type Explained = Awaited<ReturnType<typeof asked>>;
type Ports = Awaited<ReturnType<Desk['ports']['openServer']>>['ports'];

async function asked({ err, ports }: Desk, server: Ports, { tool: name, args, requester, client }: ExplainOptions) {
  const tool = await server.tool(name);
  if (tool?.kind !== 'change') {
    throw new ToolError('INPUT_INVALID', {
      message: `${name} is no tool that changes the tenant.`,
      fix: 'entra-mcp tools lists them.',
    });
  }
  const input = parsedInput(tool, args);
  const { gate } = await server.session();
  const caller = {
    requester: requester ?? server.requester,
    clientId: client ?? `entra-mcp policy explain/${ports.version}`,
    transport: 'stdio',
  } as const;
  const progress = (message: string) => err.line({ text: message, ink: 'dim' });
  return untilAskedToEnd((signal) => gate.explain(tool, input, { caller, signal, progress }));
}

function draw({ out }: Desk, { decision, summary, risk, because, policies, objects }: Explained): void {
  out.line({ text: decisions[decision], ink: 'bold' });
  out.paragraph(summary, { first: '  ' });
  if (decision === 'nothing') return;
  out.paragraph(`Risk: ${risk.join(', ')}. Why: ${because}.`, { first: '  ' });
  for (const { id, reason } of policies)
    out.paragraph(reason === undefined ? id : `${id}: ${reason}`, { first: '  - ', rest: '    ' });
  if (objects.length === 0) return;
  out.line();
  const columns = ['kind', 'object', 'touch', 'rule', 'policies'].map((title) => ({ title }));
  const rows = objects.map((one) => [
    one.kind,
    one.name,
    one.touch,
    one.rule,
    one.policies.map(({ id }) => id).join(', '),
  ]);
  out.table(columns, rows, '  ');
}
