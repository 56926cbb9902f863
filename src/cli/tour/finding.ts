import { z } from 'zod';
import type { Person, Stage } from './stage.ts';
import { person } from './stage.ts';
import { mustShow } from './step.ts';

/** What the client is offered. */
export async function meetTools(stage: Stage): Promise<void> {
  const tools = await stage.agent.tools();
  stage.says(
    `The client started the server as a child process. It is ${stage.agent.server}, and offers ${tools.length} tools:`,
  );
  const kinds = Map.groupBy(tools, ({ annotations }) => {
    if (annotations?.readOnlyHint === true) return 'read';
    return annotations?.destructiveHint === true ? 'destructive' : 'change';
  });
  const rows = (['read', 'change', 'destructive'] as const).map((kind) => [
    kind,
    (kinds.get(kind) ?? []).map(({ name }) => name).join(', '),
  ]);
  stage.desk.out.table([{ title: '', ink: 'dim' }, { title: '' }], rows, '    ');
  const names = tools.map(({ name }) => name);
  const needed = ['search_users', 'get_user', 'disable_user', 'apply_plan'];
  mustShow(
    needed.every((name) => names.includes(name)),
    `the tools ${needed.join(', ')} are offered`,
  );
}

const list = z.object({ items: z.array(person) });
const jobTitle = 'Software Engineer';

/** The agent looks for people by what is known of them. */
export async function search(stage: Stage): Promise<void> {
  const answer = await stage.call('search_users', { jobTitle, accountEnabled: true, userType: 'Member', pageSize: 4 });
  const found = list.safeParse(answer.data);
  mustShow(!answer.isError && found.success && found.data.items.length > 0, 'search_users finds people');
  const { items } = found.data;
  mustShow(
    items.every((one) => one.jobTitle === jobTitle && one.accountEnabled === true),
    'search_users answers only people who meet every filter',
  );
  stage.answers(`${items.length} people on the first page:`);
  drawPeople(stage, items);
  [stage.person] = items;
}

const whole = z.object({
  user: person,
  manager: z.object({ displayName: z.string().nullish() }).nullish(),
  groups: z.object({ items: z.array(z.unknown()) }),
  licenses: z.object({ items: z.array(z.unknown()) }),
});

/** The agent reads one of them, with what belongs to them. */
export async function get(stage: Stage): Promise<void> {
  const { id, userPrincipalName } = stage.subject;
  const answer = await stage.call('get_user', { user: userPrincipalName, include: ['manager', 'groups', 'licenses'] });
  const read = whole.safeParse(answer.data);
  mustShow(!answer.isError && read.success && read.data.user.id === id, 'get_user reads the person who was found');
  const { user, manager, groups, licenses } = read.data;
  stage.answers(
    `${user.displayName ?? '(no name)'}, ${user.jobTitle ?? '(no title)'} in ${user.department ?? '(no department)'}, reports to ` +
      `${manager?.displayName ?? 'nobody'}; ${groups.items.length} groups, ${licenses.items.length} licenses; account ` +
      `${user.accountEnabled === true ? 'enabled' : 'disabled'}.`,
  );
}

const problem = z.object({ error: z.object({ code: z.string(), message: z.string(), fix: z.string() }) });

/** A mistyped field is refused before anything is sent: it does not silently widen the search. */
export async function mistype(stage: Stage): Promise<void> {
  const answer = await stage.call('search_users', { departmnt: 'Sales' });
  const refusal = problem.safeParse(answer.data);
  mustShow(answer.isError && refusal.success, 'a mistyped field is refused');
  const { code, message, fix } = refusal.data.error;
  mustShow(
    code === 'INPUT_INVALID' && /departmnt/.test(`${message} ${fix}`) && /\bdepartment\b/.test(`${message} ${fix}`),
    'the refusal names the field and the nearest valid name',
  );
  stage.answers(`${code}: ${message}`);
  stage.answers(fix);
}

function drawPeople(stage: Stage, people: readonly Person[]): void {
  stage.desk.out.table(
    [{ title: 'displayName' }, { title: 'jobTitle' }, { title: 'department' }, { title: 'userPrincipalName' }],
    people.map((one) => [one.displayName ?? '', one.jobTitle ?? '', one.department ?? '', one.userPrincipalName]),
    '    ',
  );
}
