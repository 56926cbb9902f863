import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type AuditFileStanding, auditFileStanding, withState } from '../../approval/index.ts';
import { tenantFolders } from '../../store/index.ts';
import type { Checkup } from './checkup.ts';
import { type Finding, unwritable } from './finding.ts';

const check = 'audit-file';

/** Whether the copy of the audit trail can be written, and has all of it. The file is not made here. */
export async function auditFileFinding({ config, demo }: Checkup): Promise<Finding> {
  const { auditFile: file } = config;
  if (file === undefined) {
    return {
      check,
      status: 'ok',
      message: 'ENTRA_MCP_AUDIT_FILE is not set: the audit trail is in the state folder alone.',
    };
  }
  const detail = { file };
  try {
    const isThere = await isWritable(file);
    const standings = isThere && !demo ? await standingsOf(config, file) : [];
    if (standings.some(({ isForeign }) => isForeign)) return { ...foreign, detail };
    const behind = standings.reduce((sum, standing) => sum + standing.behind, 0);
    if (behind > 0) return { ...late(behind), detail };
    const message = isThere
      ? 'It can be written and has the whole audit trail.'
      : 'It will be made by the first call of a tool.';
    return { check, status: 'ok', message, detail };
  } catch (error) {
    return unwritable(error, {
      check,
      message: (code) =>
        `The audit file cannot be written (${code}); the trail in the state folder is not touched by that.`,
      fix: 'Give this user the right to write there, or set ENTRA_MCP_AUDIT_FILE to another file. A server goes on where its last line ended.',
      detail,
    });
  }
}

/** True where it is there. @throws where it, or a file in its folder, could not be written. */
async function isWritable(file: string): Promise<boolean> {
  const found = await stat(file).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found !== undefined && !found.isFile()) throw Object.assign(new Error('Not a file'), { code: 'not a file' });
  await access(found === undefined ? dirname(file) : file, constants.W_OK);
  return found !== undefined;
}

/** Of the tenant that the settings name, and of others that the file has lines of. */
async function standingsOf(
  { stateDir, tenantId }: Checkup['config'],
  file: string,
): Promise<readonly AuditFileStanding[]> {
  const all = await Promise.all(
    tenantFolders(stateDir)
      .filter(({ demo }) => !demo)
      .map(async (tenant) => {
        const standing = await withState(tenant, ({ store }) => auditFileStanding(store, tenant.tenantId, file));
        return standing.isThere || tenant.tenantId === tenantId?.toLowerCase() ? [standing] : [];
      }),
  );
  return all.flat();
}

const foreign: Omit<Finding, 'detail'> = {
  check,
  status: 'failed',
  message: 'The last line of the audit file is not a row of the audit trail, so nothing is appended to it.',
  fix: 'Run entra-mcp audit verify. Where the trail is whole, the file was edited or belongs to another state folder: set ENTRA_MCP_AUDIT_FILE to a new file.',
};

function late(behind: number): Omit<Finding, 'detail'> {
  return {
    check,
    status: 'warning',
    message: `The audit file lacks the last ${behind} ${behind === 1 ? 'row' : 'rows'} of the audit trail.`,
    fix: 'A server catches up when it starts and once it can write. Where one runs, its log on stderr says why it cannot.',
  };
}
