import { TransportFailure } from './failure.ts';
import { type GraphResponse, type Headers, headerText } from './request.ts';

/** No answer of Graph comes near this: pages end at 999 objects. Bytes, before and after decompression. */
export const maxBodyBytes = 64 * 1024 * 1024;

/** What has come over the wire. */
interface Received {
  readonly status: number;
  readonly headers: Headers;
  readonly chunks: readonly Buffer[];
}

/**
 * Makes a response of what came over the wire; of a success with the bytes as they are, where those are wanted.
 * @throws TransportFailure for one that cannot be decompressed.
 */
export async function readResponse({ status, headers, chunks }: Received, wanted = false): Promise<GraphResponse> {
  const raw = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
  if (raw === undefined || raw.length === 0) return { status, headers, body: undefined, unreadable: false };
  const encoding = headerText(headers, 'content-encoding')?.toLowerCase() ?? 'identity';
  const plain = encoding === 'identity' ? raw : await gunzipped(raw, encoding);
  if (wanted && status >= 200 && status < 300) return { status, headers, body: plain, unreadable: false };
  return { status, headers, ...parsed(plain.toString('utf8')) };
}

function parsed(text: string): Pick<GraphResponse, 'body' | 'unreadable'> {
  try {
    const body: unknown = JSON.parse(text);
    return { body, unreadable: false };
  } catch {
    return { body: undefined, unreadable: true };
  }
}

async function gunzipped(raw: Buffer, encoding: string): Promise<Buffer> {
  if (encoding !== 'gzip') throw new TransportFailure('undecodable', { sent: true, reason: 'content-encoding' });
  const { gunzip } = await import('node:zlib');
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  gunzip(raw, { maxOutputLength: maxBodyBytes, chunkSize: 128 * 1024 }, (error, plain) => {
    if (error === null) return resolve(plain);
    const kind = 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'undecodable';
    reject(new TransportFailure(kind, { sent: true, cause: error }));
  });
  return promise;
}
