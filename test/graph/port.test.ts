import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { path } from '../../src/contract/index.ts';
import { createGraphPort } from '../../src/graph/index.ts';
import { type Handler, json, refuse } from './loopback.ts';
import { ann, CountingRandom, FakeTokens, failureOf, KeptLog, settingAt } from './setting.ts';
import { stage } from './stage.ts';
import { settle, VirtualClock } from './virtual-clock.ts';

const user = z.object({ id: z.string(), displayName: z.string().nullable(), '@odata.type': z.string().optional() });
const annAsSent = { id: ann, displayName: 'Ann', '@odata.context': 'x', mail: 'not asked for' };
const on = stage();

describe('a read', () => {
  it('selects exactly what the schema names and drops the rest', async () => {
    await on.serve((_, response) => json(response, 200, annAsSent));
    expect(await on.setting.reader.get(path`/users/${ann}`, user)).toEqual({ id: ann, displayName: 'Ann' });
    expect(on.graph.seen[0]).toMatchObject({ method: 'GET', url: `/v1.0/users/${ann}?$select=id,displayName` });
  });

  it('carries token, request id and user agent', async () => {
    await on.serve((_, response) => json(response, 200, annAsSent));
    await on.setting.reader.get(path`/users/${ann}`, user);
    expect(on.graph.seen[0]?.headers).toMatchObject({
      authorization: 'Bearer token-1',
      'user-agent': 'entra-mcp/9.9.9',
      accept: 'application/json',
    });
    expect(on.graph.seen[0]?.headers['client-request-id']).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it('expands with a select of its own', async () => {
    await on.serve((_, response) => json(response, 200, { ...annAsSent, manager: { id: 'm', displayName: 'Max' } }));
    const withManager = user.extend({ manager: z.object({ id: z.string() }).nullish() });
    await on.setting.reader.get(path`/users/${ann}`, withManager, { expand: { manager: ['id', 'displayName'] } });
    expect(on.graph.seen[0]?.url).toBe(
      `/v1.0/users/${ann}?$select=id,displayName&$expand=manager($select=id,displayName)`,
    );
  });

  it('finds nothing where Graph has nothing, and only then', async () => {
    await on.serve((_, response, count) => {
      if (count === 1) refuse(response, 404, 'Request_ResourceNotFound');
      else if (count === 2) refuse(response, 404, 'MailboxNotEnabledForRESTAPI');
      else response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>404</h1>');
    });
    expect(await on.setting.reader.find(path`/users/${ann}`, user)).toBeUndefined();
    expect(await failureOf(on.setting.reader.find(path`/users/${ann}`, user))).toMatchObject({ code: 'NOT_FOUND' });
    // A gateway's 404 does not tell that there is no such user.
    expect(await failureOf(on.setting.reader.find(path`/users/${ann}`, user))).toMatchObject({ code: 'UPSTREAM' });
  });

  it('names the field that does not fit, and no value', async () => {
    await on.serve((_, response) => json(response, 200, { id: ann, displayName: { secret: 'value' } }));
    const error = await failureOf(on.setting.reader.get(path`/users/${ann}`, user));
    expect(error).toMatchObject({ code: 'UPSTREAM', requestId: 'r-1', detail: { field: 'displayName' } });
    expect(JSON.stringify(error)).not.toContain('secret');
  });

  it('counts what it used', async () => {
    await on.serve((_, response, count) => {
      if (count === 1) refuse(response, 429, 'TooManyRequests', { headers: { 'retry-after': '2.5' } });
      else json(response, 200, annAsSent, { 'x-ms-resource-unit': '3' });
    });
    await on.setting.reader.get(path`/users/${ann}`, user);
    const { port } = on.setting;
    expect(port.usage()).toEqual({
      requests: 1,
      attempts: 2,
      throttled: 1,
      waitedMs: 2500,
      resourceUnits: 3,
      queued: 0,
      inFlight: 0,
      unitsPerSecond: 350,
      // The refused attempt counted for one, the answered one for what Graph said.
      unitsInWindow: 4,
      closedClasses: 0,
      closedForMs: 0,
    });
  });

  it('keeps one connection for requests that follow each other', async () => {
    await on.serve((_, response) => json(response, 200, annAsSent));
    for (let i = 0; i < 5; i += 1) await on.setting.reader.get(path`/users/${ann}`, user);
    expect(new Set(on.graph.seen.map((seen) => seen.socket.remotePort)).size).toBe(1);
  });

  it('asks by POST where that only reads, without a grant', async () => {
    await on.serve((_, response) => json(response, 200, { value: ['g'] }));
    const ids = z.object({ value: z.array(z.string()) });
    const body = { securityEnabledOnly: false };
    expect(await on.setting.reader.ask(path`/users/${ann}/getMemberGroups`, body, ids)).toEqual({ value: ['g'] });
    expect(on.graph.seen[0]).toMatchObject({ method: 'POST', url: `/v1.0/users/${ann}/getMemberGroups`, body });
  });

  it('refuses to ask by any other POST', async () => {
    await on.serve((_, response) => json(response, 200, {}));
    const error = await failureOf(on.setting.reader.ask(path`/users/${ann}/revokeSignInSessions`, {}, z.object({})));
    expect(error).toMatchObject({ code: 'INTERNAL' });
    expect(on.graph.seen).toEqual([]);
  });
});

describe('the port', () => {
  it('logs addresses by template, and never a value, a name or a token', async () => {
    await on.serve((_, response, count) => {
      if (count === 1) seenOnce(response);
      else json(response, 200, { ...annAsSent, displayName: 'Ann Secretname' });
    });
    const seenOnce = (response: Parameters<Handler>[1]) =>
      refuse(response, 429, 'TooManyRequests', { headers: { 'retry-after': '1' } });
    await on.setting.reader.get(path`/users/${'ann@contoso.com'}`, user);
    const text = JSON.stringify(on.setting.log.lines);
    expect(text).toContain('/users/{}');
    expect(text).toContain('"requestId":"r-1"');
    expect(text).not.toMatch(/contoso|token-1|Secretname/);
  });

  it('ends what comes after it was closed', async () => {
    await on.serve((_, response) => json(response, 200, annAsSent));
    await on.setting.reader.get(path`/users/${ann}`, user);
    await on.setting.port.close();
    expect(await failureOf(on.setting.reader.get(path`/users/${ann}`, user))).toMatchObject({ code: 'CANCELLED' });
    expect(on.graph.seen).toHaveLength(1);
  });

  it('sends those away who wait for their turn when it closes', async () => {
    await on.serve((_, response) => refuse(response, 429, 'TooManyRequests', { headers: { 'retry-after': '3600' } }));
    const clock = new VirtualClock();
    const { port } = settingAt(on.graph.url, { clock });
    const ask = (lane: 'bulk' | 'interactive') =>
      failureOf(port.reader({ signal: new AbortController().signal, lane }).get(path`/users/${ann}`, user));
    await ask('interactive');
    const waiting = ask('bulk');
    await settle();
    expect(port.usage()).toMatchObject({ queued: 1 });
    await port.close();
    expect(await waiting).toMatchObject({ code: 'CANCELLED' });
    expect(clock.sleeping).toBe(0);
  });

  it('refuses a root that is no plain URL', async () => {
    await on.serve(() => undefined);
    const ports = {
      tokens: new FakeTokens(),
      clock: new VirtualClock(),
      random: new CountingRandom(),
      log: new KeptLog(),
    };
    for (const root of ['graph.microsoft.com', 'ftp://x', 'https://u:p@graph.microsoft.com', 'https://x/?a=b']) {
      expect(() => createGraphPort({ ...ports, root, version: '1' })).toThrow(/Graph root/);
    }
  });

  it('works below a root that has a path', async () => {
    await on.serve((_, response) => json(response, 200, annAsSent));
    const below = settingAt(`${on.graph.url}/gateway/`);
    await below.reader.get(path`/users/${ann}`, user);
    expect(on.graph.seen[0]?.url).toBe(`/gateway/v1.0/users/${ann}?$select=id,displayName`);
    await below.port.close();
  });
});
