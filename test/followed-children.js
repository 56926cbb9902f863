/**
 * Recorders of a run of tests follow into every Node that a test starts, and that such a one starts: children get little
 * of the tests' environment, so each recorder and its settings go with them all the same.
 */
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

/**
 * @param {string} recorder address of the module that every child loads first
 * @param {readonly string[]} settings names in the environment that it needs
 */
export function followChildren(recorder, settings) {
  const { spawn } = childProcess;
  childProcess.spawn = (command, args, options) => {
    if (command !== process.execPath || !Array.isArray(args)) return spawn(command, args, options);
    const env = options?.env ?? process.env;
    const own = Object.fromEntries(settings.map((name) => [name, process.env[name] ?? '']));
    return spawn(command, args, { ...options, env: { ...own, ...env, NODE_OPTIONS: loading(env, recorder) } });
  };
  syncBuiltinESMExports();
}

/** @param {Readonly<Record<string, string | undefined>>} env */
function loading({ NODE_OPTIONS = '' }, recorder) {
  const load = `--import=${recorder}`;
  return NODE_OPTIONS.includes(load) ? NODE_OPTIONS : `${NODE_OPTIONS} ${load}`.trim();
}
