import { type Tool, ToolError } from '../../src/contract/index.ts';
import { parsedInput } from '../../src/server/input.ts';

/** What a client is told about input that the tool does not take. */
export function refusalOf(tool: Tool, input: object): string {
  try {
    parsedInput(tool, input);
  } catch (error) {
    if (error instanceof ToolError && error.code === 'INPUT_INVALID') return error.fix;
    throw error;
  }
  return 'it is taken';
}
