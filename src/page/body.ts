import type { IncomingMessage } from 'node:http';
import { ToolError } from '../contract/index.ts';

/** What a person types here fits into a small part of this. */
const most = 4 * 1024;

/** The JSON of a request. @throws ToolError INPUT_INVALID where it is none, or too long: the rest is not read then. */
export async function jsonOf(request: IncomingMessage): Promise<unknown> {
  if (Number(request.headers['content-length'] ?? 0) > most) throw tooLong();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > most) throw tooLong();
    chunks.push(bytes);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new ToolError('INPUT_INVALID', { message: 'This is not JSON.', fix: 'Reload the page.' });
  }
}

function tooLong(): ToolError {
  return new ToolError('INPUT_INVALID', { message: 'This is too long.', fix: 'Reload the page.' });
}
