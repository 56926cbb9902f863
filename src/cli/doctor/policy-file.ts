import { type PolicyRemark, policyActions, readPolicyFile } from '../../approval/index.ts';
import { ToolError } from '../../contract/index.ts';
import type { Checkup } from './checkup.ts';
import type { Finding } from './finding.ts';

const check = 'policy-file';

/** Whether the policies can be read and are understood, as a server that starts asks; nobody else may write to the file. */
export async function policyFileFinding({ config: { policyFile: file }, inventory }: Checkup): Promise<Finding> {
  if (file === undefined) {
    const message = 'ENTRA_MCP_POLICY_FILE is not set: the settings alone decide what waits for a human.';
    return { check, status: 'ok', message };
  }
  try {
    const { policies, problems, warnings } = await readPolicyFile(file, policyActions(inventory));
    if (problems.length > 0) return { ...refused(problems.length), detail: { file, ...placed(problems) } };
    const loosening = policies.filter(({ rule }) => rule === 'without-approval').length;
    if (warnings.length > 0) return { ...doubtful(warnings.length), detail: { file, ...placed(warnings) } };
    const detail = { file, policies: policies.length, loosening };
    if (policies.length === 0)
      return { check, status: 'ok', message: 'It holds no policy: the settings alone decide.', detail };
    return { check, status: 'ok', message: 'Every policy in it is understood.', detail };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return { check, status: 'failed', message: error.message, fix: error.fix, detail: { file } };
  }
}

/** So many remarks are shown; `policy check` shows all. */
const mostShown = 5;

/** Each remark under its line and column. */
function placed(remarks: readonly PolicyRemark[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    remarks.slice(0, mostShown).map(({ line, column, message }) => [`${line}:${column}`, message]),
  );
}

function refused(count: number): Omit<Finding, 'detail'> {
  return {
    check,
    status: 'failed',
    message: `A server that is given this file does not start: it has ${count === 1 ? 'a problem' : `${count} problems`}.`,
    fix: 'Correct it; entra-mcp policy check shows every problem, and then what each policy does.',
  };
}

function doubtful(count: number): Omit<Finding, 'detail'> {
  return {
    check,
    status: 'warning',
    message: `It is followed, and ${count === 1 ? 'a policy' : `${count} policies`} in it may not do what ${count === 1 ? 'it seems' : 'they seem'} to.`,
    fix: 'Run entra-mcp policy check, and try a change with entra-mcp policy explain.',
  };
}
