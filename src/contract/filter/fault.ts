import { type ErrorCode, ToolError } from '../error.ts';

/** An error about the `filter` that an agent wrote. `detail` may carry its own words; `message` and `fix` never do. */
export function filterFault(
  code: Extract<ErrorCode, 'INPUT_INVALID' | 'UNSUPPORTED_QUERY'>,
  message: string,
  fix: string,
  detail: Readonly<Record<string, unknown>> = {},
): ToolError {
  return new ToolError(code, { message, fix, detail: { field: 'filter', ...detail } });
}
