import { readFileSync, statSync } from 'node:fs';
import { ToolError } from '../../contract/index.ts';
import { sha256 } from '../canonical.ts';
import { loadCedar } from './cedar.ts';
import { Judge, type ObjectVerdict } from './judge.ts';
import { type PolicySet, readPolicySet } from './policy-set.ts';
import type { PolicyQuestion } from './request.ts';
import type { PolicyVerdict } from './rule.ts';
import { type PolicyAction, policySchema } from './schema.ts';

/** The policies that a gate follows. */
export interface PolicyPort {
  /** SHA-256 of the file, in hex: part of what an approval binds. */
  readonly version: string;
  /** @throws ToolError CONFIG_INVALID once the file is no longer the one that was read at the start. */
  verdictOn(question: PolicyQuestion): { readonly whole: PolicyVerdict; readonly objects: readonly ObjectVerdict[] };
}

/** A file of policies, read and checked. */
export interface PolicyFile extends PolicySet {
  /** Absent where the file has problems. */
  readonly port?: PolicyPort;
}

/** A set of policies is read by people: one beyond this is something else. */
const mostBytes = 256 * 1024;

/** Reads a file of policies. @throws ToolError CONFIG_INVALID where it cannot be read, or others may write to it. */
export async function readPolicyFile(file: string, actions: readonly PolicyAction[]): Promise<PolicyFile> {
  refuseWritable(file);
  const text = textOf(file);
  const cedar = await loadCedar();
  const schema = policySchema(actions);
  const set = readPolicySet(text, schema, cedar);
  if (set.problems.length > 0) return set;
  const version = sha256(text);
  const judge = new Judge(cedar, set.policies, schema, version);
  const port: PolicyPort = {
    version,
    verdictOn: (question) => {
      // Pinned as the approver's keys are: neither a loosened file nor a tightened one counts unseen.
      if (sha256(textOf(file)) !== version) throw changed(file);
      return judge.verdictOn(question);
    },
  };
  return { ...set, port };
}

function textOf(file: string): string {
  try {
    if (statSync(file).size > mostBytes) throw new RangeError('larger than 256 KB');
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (cause) {
    throw new ToolError('CONFIG_INVALID', {
      message: `The policy file ${file} cannot be read.`,
      fix: 'ENTRA_MCP_POLICY_FILE names a text file in UTF-8, of 256 KB at most. Without its policies no change is made.',
      cause,
    });
  }
}

/** Whoever may write to it can loosen approvals. Windows has no such bits. */
function refuseWritable(file: string): void {
  if (process.platform === 'win32') return;
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & 0o002) === 0) return;
  throw new ToolError('CONFIG_INVALID', {
    message: `Every user of this machine can write to the policy file ${file}.`,
    fix: `Run: chmod o-w "${file}"`,
  });
}

function changed(file: string): ToolError {
  return new ToolError('CONFIG_INVALID', {
    message: `The policy file ${file} was changed while this server was running, so it makes no change.`,
    fix: 'Check it with entra-mcp policy check, then restart the server. Plans that wait have to be asked for again.',
  });
}
