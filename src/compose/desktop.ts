/**
 * Whether a browser is opened for a plan that waits. `auto`: where a person sits at this machine, as far as the environment tells;
 * not over SSH, and not where programs are tested or built.
 */
export function hasDesktop(
  setting: 'auto' | 'true' | 'false',
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): boolean {
  if (setting !== 'auto') return setting === 'true';
  const isSet = (name: string) => (env[name] ?? '') !== '' && env[name] !== 'false' && env[name] !== '0';
  if (['CI', 'VITEST', 'SSH_CONNECTION', 'SSH_TTY'].some(isSet) || env['NODE_ENV'] === 'test') return false;
  return platform === 'darwin' || platform === 'win32' || isSet('DISPLAY') || isSet('WAYLAND_DISPLAY');
}
