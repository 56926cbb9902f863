import { closeSync, existsSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ToolError } from '../contract/error.ts';
import { isGuid } from '../contract/odata.ts';

/** Where one tenant's state lives. */
export interface TenantFolder {
  readonly tenantId: string;
  readonly folder: string;
  /** The built-in demo tenant: its approver key is the demo's. */
  readonly demo: boolean;
}

const kinds = { demo: 'demo', real: 'tenants' } as const;

/** The folder of a tenant's state, made (0700) where it is missing. */
export function tenantFolder(stateDir: string, tenantId: string, demo: boolean): TenantFolder {
  if (!isGuid(tenantId)) throw new TypeError('A tenant id is a GUID');
  privateFolder(stateDir);
  const parent = privateFolder(join(stateDir, demo ? kinds.demo : kinds.real));
  return { tenantId, folder: privateFolder(join(parent, tenantId.toLowerCase())), demo };
}

/** Every tenant that has state here. */
export function tenantFolders(stateDir: string): TenantFolder[] {
  return [false, true].flatMap((demo) => {
    const parent = join(stateDir, demo ? kinds.demo : kinds.real);
    if (!existsSync(parent)) return [];
    return readdirSync(parent)
      .filter(isGuid)
      .map((tenantId) => ({ tenantId, folder: join(parent, tenantId), demo }));
  });
}

/** Where what belongs to the approver's key lies: the state folder, for all its tenants. The demo's key is for one tenant alone. */
export function keyFolder({ folder, demo }: TenantFolder): string {
  return demo ? folder : dirname(dirname(folder));
}

/** A file that only its owner can read, made where it is missing. @throws ToolError CONFIG_INVALID where others can. */
export function privateFile(file: string): string {
  // Made by us first, so that it is never readable by others, not even for a moment.
  if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
  refuseShared(file);
  return file;
}

/**
 * Makes a folder that only its owner can enter.
 * @throws ToolError CONFIG_INVALID where it cannot be made, or others can read it.
 */
export function privateFolder(folder: string): string {
  try {
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new ToolError('CONFIG_INVALID', {
      message: `The state folder ${folder} cannot be made.`,
      fix: 'Set ENTRA_MCP_STATE_DIR to a folder that this user can write to.',
      cause,
    });
  }
  refuseShared(folder);
  return folder;
}

/** Throws CONFIG_INVALID where a file or folder can be read by others than its owner. */
export function refuseShared(path: string): void {
  // Windows has no such bits: there the ACL of the user's profile protects the folder.
  if (process.platform === 'win32') return;
  const mode = statSync(path).mode & 0o077;
  if (mode === 0) return;
  throw new ToolError('CONFIG_INVALID', {
    message: `Other users of this machine can read ${path}.`,
    fix: `Run: chmod go= "${path}" — or set ENTRA_MCP_STATE_DIR to a private folder.`,
  });
}
