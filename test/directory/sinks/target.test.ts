import { describe, expect, it } from 'vitest';
import { sinksTo } from '../../../src/directory/sinks/kinds.ts';
import { targetOf } from '../../../src/directory/sinks/target.ts';
import { VirtualClock } from '../../graph/virtual-clock.ts';

const parts = { tenantId: 't', secret: 's'.repeat(32), clock: new VirtualClock() };
const invalid = (message: RegExp) =>
  expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) });

describe('a target', () => {
  it('that is a path or a file: URL is the same file', () => {
    const name = `file://${process.cwd()}/changes.ndjson`;
    expect(targetOf('./changes.ndjson')).toEqual({
      ...{ kind: 'file', name, identity: name },
      path: `${process.cwd()}/changes.ndjson`,
    });
    expect(targetOf('x/../changes.ndjson')).toMatchObject({ name });
    expect(targetOf(name)).toMatchObject({ name });
  });

  it.each([
    ['https://Example.org:443/hook', 'https://example.org/hook'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080/'],
    ['http://[::1]/x', 'http://[::1]/x'],
    ['HTTP://localhost/x', 'http://localhost/x'],
  ])('%s is a webhook', (text, name) => {
    expect(targetOf(text)).toEqual({ kind: 'webhook', name, identity: name, url: name });
  });

  it('shows nothing of its query, and is told by it all the same', () => {
    const [one, other] = ['https://example.org/hook?key=hunter2', 'https://example.org/hook?key=hunter3'].map(targetOf);
    expect([one?.name, other?.name]).toEqual(['https://example.org/hook?…', 'https://example.org/hook?…']);
    expect(one?.identity).not.toBe(other?.identity);
    expect(one?.identity).not.toContain('hunter2');
  });

  it.each([
    ['https://ada:hunter2@example.org/', /user name/],
    ['https://hunter2@example.org/', /user name/],
    ['https://example.org/#hunter2', /fragment/],
    ['http://example.org/hunter2', /https/],
    ['http://127.0.0.1.example.org/hunter2', /https/],
    ['ftp://example.org/hunter2', /scheme/],
    ['https://:hunter2', /URL/],
    ['file://host.example/hunter2', /file/],
    ['hunter2/', /file/],
    ['', /file/],
    ['scim:hunter2/../x', /app/],
  ])('%j is refused, without repeating it', (text, message) => {
    expect(() => targetOf(text)).toThrow(invalid(message));
    expect(() => targetOf(text)).not.toThrow(/hunter2/);
  });
});

describe('the sinks of targets', () => {
  it('are made by their kind', () => {
    const sinks = sinksTo(['./a.ndjson', 'https://example.org/a'].map(targetOf), parts);
    expect(sinks.map(({ name }) => name)).toEqual([expect.stringMatching(/^file:/), 'https://example.org/a']);
  });

  it('a webhook needs the secret', () => {
    const targets = [targetOf('https://example.org/a?key=hunter2')];
    expect(() => sinksTo(targets, { ...parts, secret: undefined })).toThrow(invalid(/ENTRA_MCP_SYNC_SECRET/));
    expect(() => sinksTo(targets, { ...parts, secret: undefined })).not.toThrow(/hunter2/);
  });

  it('connected apps are not there yet', () => {
    expect(() => sinksTo([targetOf('scim:hr')], parts)).toThrow(invalid(/not available yet: scim:hr/));
  });

  it('no target is named twice', () => {
    expect(() => sinksTo(['./a', 'https://b.example/', 'x/../a'].map(targetOf), parts)).toThrow(invalid(/twice/));
  });
});
