import { expect, test } from 'vitest';
import { hasDesktop } from '../../src/compose/desktop.ts';

test.each([
  ['a Mac', 'darwin', {}, true],
  ['Windows', 'win32', {}, true],
  ['Linux with X', 'linux', { DISPLAY: ':0' }, true],
  ['Linux with Wayland', 'linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
  ['Linux without either', 'linux', { DISPLAY: '' }, false],
  ['a Mac over SSH', 'darwin', { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }, false],
  ['Linux over SSH with X forwarded', 'linux', { DISPLAY: 'localhost:10.0', SSH_TTY: '/dev/pts/0' }, false],
  ['CI', 'darwin', { CI: 'true' }, false],
  ['what says that it is no CI', 'darwin', { CI: 'false' }, true],
  ['tests', 'darwin', { VITEST: 'true' }, false],
  ['other tests', 'darwin', { NODE_ENV: 'test' }, false],
] as const)('auto opens a browser where a person sits: %s', (_, platform, env, opens) => {
  expect(hasDesktop('auto', env, platform)).toBe(opens);
});

test('true and false are what they say', () => {
  expect(hasDesktop('true', { CI: 'true' }, 'linux')).toBe(true);
  expect(hasDesktop('false', { DISPLAY: ':0' }, 'linux')).toBe(false);
});
