import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hasPin } from '../../approval/index.ts';
import { ToolError } from '../../contract/index.ts';
import { refuseShared, tenantFolders } from '../../store/index.ts';
import type { Checkup } from './checkup.ts';
import { type Finding, unwritable } from './finding.ts';

/** Whether the state folder is private and can be written; it is not made here. */
export function stateFolder({ config: { stateDir } }: Checkup): Finding {
  const check = 'state-folder';
  const detail = { folder: stateDir };
  try {
    const isThere = existsSync(stateDir);
    if (isThere) for (const path of [stateDir, ...tenantState(stateDir)]) refuseShared(path);
    tryWriting(isThere ? stateDir : nearestAbove(stateDir));
    const message = isThere
      ? 'It is private and can be written.'
      : 'It will be made by the first change that is planned.';
    return { check, status: 'ok', message, detail };
  } catch (error) {
    return unwritable(error, {
      check,
      message: (code) => `The state folder cannot be written (${code}).`,
      fix: 'Give this user the right to write there, free some space, or set ENTRA_MCP_STATE_DIR to another private folder.',
      detail,
    });
  }
}

function tenantState(stateDir: string): string[] {
  return tenantFolders(stateDir)
    .flatMap(({ folder }) => [dirname(folder), folder, join(folder, 'state.db')])
    .filter((path) => existsSync(path));
}

/** Rights alone do not tell: a file system may be full or read-only. */
function tryWriting(folder: string): void {
  const file = join(folder, `.doctor-${randomBytes(6).toString('hex')}`);
  try {
    writeFileSync(file, 'x', { mode: 0o600, flag: 'wx' });
  } finally {
    rmSync(file, { force: true });
  }
}

/** What stands in the way or carries it: the deepest part of the path that exists. */
function nearestAbove(folder: string): string {
  const parent = dirname(folder);
  return existsSync(parent) || parent === folder ? parent : nearestAbove(parent);
}

/** Whether a human can approve. */
export function approverFinding({ config, demo }: Checkup): Finding {
  const check = 'approver';
  if (demo) return { check, status: 'ok', message: 'The approver PIN of the demo tenant is `demo`.' };
  try {
    if (config.approverSignIn !== undefined) return signInFinding(config);
    if (hasPin(config.stateDir)) return { check, status: 'ok', message: 'An approver PIN is set.' };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { check, status: 'failed', message: error.message, fix: error.fix };
  }
  if (config.readOnly) {
    return { check, status: 'ok', message: 'No approver PIN is set; only tools that change nothing are served.' };
  }
  const secrets = config.handoffKey === undefined ? ', and no password can be made' : '';
  return {
    check,
    status: 'warning',
    message: `No approver PIN is set, so nobody can approve a change in a terminal or on the page${secrets}.`,
    fix: 'A person runs `entra-mcp approver set-pin` in a terminal of their own.',
  };
}

/** Approvers who sign in. Passwords are sealed to the PIN all the same. @throws ToolError where its keys cannot be read. */
function signInFinding({ approverSignIn, approverGroup, handoffKey, stateDir, readOnly }: Checkup['config']): Finding {
  const check = 'approver';
  const who = approverGroup === undefined ? 'whoever has the app role `Approver`' : `members of group ${approverGroup}`;
  const message = `Approvers sign in to app ${approverSignIn}: ${who}.`;
  if (readOnly || handoffKey !== undefined || hasPin(stateDir)) return { check, status: 'ok', message };
  return {
    check,
    status: 'warning',
    message: `${message} No PIN is set, so no password can be made.`,
    fix: 'Where accounts are to be created, a person runs `entra-mcp approver set-pin`: passwords are sealed to it.',
  };
}
