import { listWaitingPlans } from '../../approval/index.ts';
import { type Desk, type Outcome, type StateOptions, stateDirOf } from '../desk.ts';
import { exits } from '../failure.ts';
import { timeLeft } from '../moments.ts';

/** `entra-mcp plans`: what waits for a human, in every tenant of the state folder. */
export async function plans(desk: Desk, options: StateOptions & { json?: boolean }): Outcome {
  const { out, ports } = desk;
  const stateDir = stateDirOf(desk, options);
  const waiting = await listWaitingPlans(stateDir, ports.clock);
  if (options.json === true) {
    const rows = waiting.map(({ view, state, demo }) => ({ state, demo, plan: view }));
    out.json(rows, 2);
    return exits.done;
  }
  const [first] = waiting;
  if (first === undefined) {
    out.paragraph(`No plan is waiting in ${stateDir}.`);
    return exits.done;
  }
  const now = ports.clock.now();
  const titles = ['id', 'state', 'left', 'tool', 'risk', 'summary'];
  const rows = waiting.map(({ view, state, demo }) => [
    view.id,
    demo ? `${state} (demo)` : state,
    timeLeft(Date.parse(view.expiresAt), now),
    view.tool,
    view.risk.join(', '),
    view.summary,
  ]);
  out.table(
    titles.map((title) => (title === 'summary' ? { title, ink: 'bold' } : { title })),
    rows,
  );
  out.line();
  out.line('To read one in full and approve it:');
  out.line(`  ${first.view.approve.command.replace(first.view.id, '<id>')}`);
  return exits.done;
}
