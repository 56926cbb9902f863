import { request } from 'node:http';

/** What came back. */
export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The parsed JSON, where it is some. */
  readonly body: Readonly<Record<string, unknown>>;
}

interface Sent {
  readonly method?: string;
  readonly body?: unknown;
  readonly raw?: string;
  readonly token?: string;
  /** Beside what the page's own script sends; `null` takes one of those away. */
  readonly headers?: Readonly<Record<string, string | null>>;
}

/** Sends what the page's script would, or what an attacker makes of it. */
export function asked(origin: string, path: string, sent: Sent = {}): Promise<Answered> {
  const text = sent.raw ?? (sent.body === undefined ? undefined : JSON.stringify(sent.body));
  const method = sent.method ?? (text === undefined ? 'GET' : 'POST');
  const own: Record<string, string | null> = {
    'sec-fetch-site': 'same-origin',
    ...(sent.token === undefined ? {} : { authorization: `Bearer ${sent.token}` }),
    ...(text === undefined ? {} : { origin, 'content-type': 'application/json' }),
  };
  const headers = Object.fromEntries(
    Object.entries({ ...own, ...sent.headers }).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
  return new Promise((resolve, reject) => {
    const outgoing = request(`${origin}${path}`, { method, headers, agent: false }, (incoming) => {
      let received = '';
      incoming.setEncoding('utf8').on('data', (chunk) => {
        received += chunk;
      });
      incoming.on('end', () => {
        const isJson = incoming.headers['content-type']?.startsWith('application/json') === true;
        const body = isJson ? JSON.parse(received) : {};
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text: received, body });
      });
      incoming.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

/** Proves the PIN; answers the token. */
export async function provenToken(origin: string, pin: string): Promise<string> {
  const { body, text } = await asked(origin, '/api/session', { body: { pin } });
  if (typeof body['token'] !== 'string') throw new Error(text);
  return body['token'];
}

/** Code of the error in an answer. */
export function codeOf({ body }: Answered): unknown {
  return Object(body['error'])['code'];
}
