import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/index.ts';
import { startDemoTenant } from '../demo/index.ts';
import { tenantFolder, tenantFolders } from '../store/index.ts';

/** Whether a demo tenant is served, and how many people it has. */
export interface DemoChoice {
  readonly demo: boolean;
  readonly users?: number;
}

/** Each `serve --demo` has a tenant and a folder of its own; what ended ones left is removed. */
export async function openDemo(
  asked: Config,
  { users }: DemoChoice,
): Promise<{ config: Config; close(): Promise<void> }> {
  const tenantId = randomUUID();
  removeEnded(asked.stateDir);
  const { folder } = tenantFolder(asked.stateDir, tenantId, true);
  writeFileSync(join(folder, ownerFile), String(process.pid), { mode: 0o600 });
  const demo = await startDemoTenant({ tenantId, ...(users === undefined ? {} : { users }) });
  const config: Config = {
    ...asked,
    tenantId,
    auth: 'none',
    graphUrl: demo.url,
    cloud: 'global',
    authorityHost: undefined,
  };
  return { config, close: () => demo.close() };
}

const ownerFile = 'owner.pid';

/** A folder in the making has no owner file yet. */
const makingMs = 60_000;

function removeEnded(stateDir: string): void {
  for (const { folder, demo } of tenantFolders(stateDir)) {
    if (demo && isOver(folder)) rmSync(folder, { recursive: true, force: true });
  }
}

function isOver(folder: string): boolean {
  const owner = join(folder, ownerFile);
  if (!existsSync(owner)) return Date.now() - statSync(folder).mtimeMs > makingMs;
  try {
    process.kill(Number(readFileSync(owner, 'utf8')), 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
