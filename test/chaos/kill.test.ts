import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ApprovalTown, at, errorCode, type Office, pin } from '../e2e/approval-office.ts';
import { ApprovalWire, type Fate, moment } from '../e2e/approval-wire.ts';
import { ended } from '../e2e/server-process.ts';

let town: ApprovalTown;
let wire: ApprovalWire;
let people: string[];

beforeAll(async () => {
  town = await ApprovalTown.open(150);
  wire = await ApprovalWire.open(town.demo.url);
  const special = JSON.stringify(town.demo.landmarks);
  people = Object.entries(town.demo.snapshot().users)
    .filter(([id, user]) => !special.includes(id) && user['accountEnabled'] === true && user['userType'] === 'Member')
    .filter(([, user]) => user['onPremisesSyncEnabled'] !== true && user['deletedDateTime'] === undefined)
    .map(([id]) => id);
  expect(people.length).toBeGreaterThan(20);
});
afterAll(async () => {
  await wire.close();
  await town.close();
});

afterEach(() => {
  wire.onRead = () => {};
  wire.onTheWay = () => 'passes';
  wire.onTheWayBack = () => 'passes';
});

const reason = 'left the company';

function someone(): string {
  const id = people.pop();
  if (id === undefined) throw new Error('Nobody is left');
  return id;
}

function started(): Promise<Office> {
  return town.serve({ url: wire.url });
}

async function approved(office: Office, tool: string, args: Record<string, unknown>): Promise<string> {
  const { data, text } = await office.client.call(tool, { reason, ...args });
  const planId = String(at(data, 'plan', 'id'));
  expect(data, text).toMatchObject({ status: 'approval_required' });
  await town.approve(planId);
  return planId;
}

function apply(office: Office, planId: string) {
  return office.client.call('apply_plan', { planId, waitSeconds: 10 });
}

/** Calls apply_plan in a server that does not live to answer. */
function applyInVain(office: Office, planId: string): void {
  apply(office, planId).catch(() => undefined);
}

function userOf(id: string): Readonly<Record<string, unknown>> | undefined {
  return town.demo.snapshot().users[id];
}

function usersNamed(userPrincipalName: string): number {
  return Object.values(town.demo.snapshot().users).filter((user) => user['userPrincipalName'] === userPrincipalName)
    .length;
}

/** What reached the tenant that is no read and speaks of this. */
function writesOf(text: string): number {
  return town.writes().filter(({ path, body }) => `${path} ${JSON.stringify(body)}`.includes(text)).length;
}

function stateOf(planId: string): unknown {
  return town.sql('select state from plans where id = ?', planId)[0]?.['state'];
}

let counter = 0;
function newName(): string {
  counter += 1;
  return `new.person${counter}@${town.demo.domain}`;
}

describe('a server that is killed', () => {
  test('between approval and apply loses nothing', async () => {
    const user = someone();
    const first = await started();
    const planId = await approved(first, 'disable_user', { user });
    await first.kill();
    const second = await started();
    expect((await apply(second, planId)).data).toMatchObject({ status: 'completed' });
    expect([userOf(user)?.['accountEnabled'], writesOf(user)]).toEqual([false, 1]);
  });

  test('before the approval: it is approved while no server runs', async () => {
    const user = someone();
    const first = await started();
    const { data } = await first.client.call('disable_user', { user, reason });
    await first.kill();
    const planId = String(at(data, 'plan', 'id'));
    expect((await town.decide(planId)).code).toBe(0);
    expect((await apply(await started(), planId)).data).toMatchObject({ status: 'completed' });
    expect(writesOf(user)).toBe(1);
  });

  test('while it looks again before the write applies later, once', async () => {
    const user = someone();
    const first = await started();
    const planId = await approved(first, 'disable_user', { user });
    const looks = moment();
    wire.onRead = (path) => {
      if (path.includes(user)) looks.come();
      return new Promise<void>(() => {});
    };
    applyInVain(first, planId);
    await looks.comes;
    await first.kill();
    wire.onRead = () => {};
    expect(writesOf(user)).toBe(0);
    expect((await apply(await started(), planId)).data).toMatchObject({ status: 'completed' });
    expect(writesOf(user)).toBe(1);
  });
});

/** Applies in a server that is killed when its write is on the way (and then lost), or done but not answered. */
async function killedAround(
  stage: 'onTheWay' | 'onTheWayBack',
  office: Office,
  planId: string,
  nth = 1,
): Promise<void> {
  const there = moment();
  const gone = moment();
  const before = wire.writes.length;
  wire[stage] = async (write): Promise<Fate> => {
    if (write.nth !== before + nth) return 'passes';
    there.come();
    await gone.comes;
    return 'lost';
  };
  applyInVain(office, planId);
  await there.comes;
  await office.kill();
  gone.come();
  wire[stage] = () => 'passes';
}

describe.each([
  ['before its write reached the tenant', 'onTheWay', 0],
  ['after its write took effect and before the answer', 'onTheWayBack', 1],
] as const)('a server that is killed %s', (_when, stage, done) => {
  test('does what may be repeated in the end, and says so', async () => {
    const user = someone();
    const first = await started();
    const planId = await approved(first, 'disable_user', { user });
    await killedAround(stage, first, planId);
    expect(writesOf(user)).toBe(done);
    const { data } = await apply(await started(), planId);
    expect(data).toMatchObject({ status: done === 1 ? 'unchanged' : 'completed' });
    expect([userOf(user)?.['accountEnabled'], writesOf(user), stateOf(planId)]).toEqual([false, 1, 'applied']);
  });

  test('never sends a second time what must not be repeated', async () => {
    const userPrincipalName = newName();
    const first = await started();
    const planId = await approved(first, 'create_user', { userPrincipalName, displayName: 'New Person' });
    await killedAround(stage, first, planId);
    const second = await started();
    for (const _ of [1, 2]) {
      const answer = await apply(second, planId);
      expect(errorCode(answer)).toBe('OUTCOME_UNKNOWN');
      expect([usersNamed(userPrincipalName), writesOf(userPrincipalName)]).toEqual([done, done]);
      // The password of an account that may exist is not lost.
      const handoffId = String(at(answer.data, 'error', 'detail', 'handoffId'));
      expect(town.sql('select sealed from handoffs where id = ?', handoffId)[0]?.['sealed']).toBeTruthy();
    }
    expect(stateOf(planId)).toBe('outcome_unknown');
  });

  test('in the middle of several writes claims no more than it knows, and what is missing can be asked for', async () => {
    const { id: group } = town.demo.landmarks.groups.security;
    const users = [someone(), someone(), someone()];
    const isMember = (user: string) => String(town.demo.snapshot().groups[group]?.['membersAdded']).includes(user);
    const outside = users.filter((user) => !isMember(user));
    const first = await started();
    const planId = await approved(first, 'add_group_members', { group, users: outside });
    await killedAround(stage, first, planId, 2);
    expect(outside.filter(isMember)).toHaveLength(1 + done);
    const second = await started();
    expect(errorCode(await apply(second, planId))).toBe('OUTCOME_UNKNOWN');
    const rest = await approved(second, 'add_group_members', { group, users: outside });
    expect((await apply(second, rest)).data).toMatchObject({ status: 'completed' });
    expect(outside.filter(isMember)).toEqual(outside);
  });
});

test('a server whose client goes away in the middle of an apply ends by itself, and its plan truthfully', async () => {
  const user = someone();
  const first = await started();
  const planId = await approved(first, 'disable_user', { user });
  const there = moment();
  const goesOn = moment();
  wire.onTheWayBack = async (): Promise<Fate> => {
    there.come();
    await goesOn.comes;
    return 'passes';
  };
  applyInVain(first, planId);
  await there.comes;
  await first.client.close();
  goesOn.come();
  wire.onTheWayBack = () => 'passes';
  await first.kill();
  const again = await apply(await started(), planId);
  const known = errorCode(again) ?? again.data['status'];
  expect(['completed', 'unchanged', 'OUTCOME_UNKNOWN']).toContain(known);
  expect([userOf(user)?.['accountEnabled'], writesOf(user)]).toEqual([false, 1]);
});

test('a terminal that is killed has approved in full, or not at all', async () => {
  const office = await started();
  for (const ms of [250, 450, 650, 850]) {
    const user = someone();
    const { data } = await office.client.call('disable_user', { user, reason });
    const planId = String(at(data, 'plan', 'id'));
    const child = town.place.spawn(['approve', planId]);
    const over = ended(child);
    child.stdin.on('error', () => undefined);
    child.stdin.write(`${pin}\n`);
    await pause(ms);
    child.kill('SIGKILL');
    await over;
    const signed = town.sql('select 1 from approvals where plan_id = ?', planId).length === 1;
    expect(stateOf(planId)).toBe(signed ? 'approved' : 'pending');
    const { data: answer } = await office.client.call('apply_plan', { planId, waitSeconds: signed ? 10 : 0 });
    expect(answer).toMatchObject({ status: signed ? 'completed' : 'approval_required' });
    if (!signed) expect((await town.decide(planId, 'deny')).code).toBe(0);
  }
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** When so many requests and answers of writes have passed. */
function passed(count: number): Promise<void> {
  const struck = moment();
  let left = Math.ceil(count);
  const tick = () => {
    left -= 1;
    if (left <= 0) struck.come();
  };
  wire.onRead = tick;
  wire.onTheWay = (): Fate => {
    tick();
    return 'passes';
  };
  wire.onTheWayBack = wire.onTheWay;
  return struck.comes;
}

test('a server that is killed at any moment leaves nothing half known', { timeout: 60_000 }, async () => {
  let office = await started();
  for (let round = 0; round < 16; round += 1) {
    const user = someone();
    const userPrincipalName = newName();
    const makes = round % 2 === 0;
    const planId = makes
      ? await approved(office, 'create_user', { userPrincipalName, displayName: 'New Person' })
      : await approved(office, 'disable_user', { user });
    const struck = passed(makes ? 1 + (round % 8) / 2 : 1 + (round % 9));
    applyInVain(office, planId);
    await Promise.race([struck, pause(300)]);
    await pause(Math.random() * 6);
    await office.kill();
    office = await started();
    const answer = await apply(office, planId);
    const known = errorCode(answer) ?? answer.data['status'];
    if (makes) {
      const there = usersNamed(userPrincipalName);
      expect(there).toBe(writesOf(userPrincipalName));
      expect(there).toBeLessThanOrEqual(1);
      expect(['completed', 'OUTCOME_UNKNOWN'], `round ${round}`).toContain(known);
      if (known === 'completed') expect(there).toBe(1);
    } else {
      expect(['completed', 'unchanged'], `round ${round}`).toContain(known);
      expect([userOf(user)?.['accountEnabled'], writesOf(user)]).toEqual([false, 1]);
    }
    expect((await apply(office, planId)).data).toEqual(answer.data);
  }
  expect(town.sql("select id from plans where state = 'applying'")).toEqual([]);
});

test('the audit trail is whole after all that', async () => {
  const verdict = await town.place.run(['audit', 'verify']);
  expect(verdict, verdict.stdout).toMatchObject({ code: 0 });
});
