/** JSON-RPC with the host that shows the card: MCP Apps, 2026-01-26. */

/** What is known of a host once it answered: what it does for a card, and how it looks. */
export interface Host {
  readonly hostCapabilities: Readonly<Record<string, unknown>>;
  readonly hostContext: HostContext;
}

export interface HostContext {
  readonly theme?: string;
}

/** What came over the wire, unchecked: JSON of the host. */
type Received = MessageEvent['data'];

/** Hears what the host asks or tells; a request is answered with what is returned. */
export type Listeners = Readonly<Record<string, (params: Received) => unknown>>;

const waiting = new Map<number, (answer: Received) => void>();
let last = 0;

function send(message: object): void {
  // Whoever frames the card gave it what it knows; where that is served from, a card is not told.
  window.parent.postMessage({ jsonrpc: '2.0', ...message }, '*');
}

/** Asks the host. @throws Error what it answers where it does not do it. */
export function ask<T>(method: string, params: object): Promise<T> {
  last += 1;
  const id = last;
  send({ id, method, params });
  return new Promise<T>((resolve, reject) => {
    waiting.set(id, ({ result, error }) => (error === undefined ? resolve(result) : reject(new Error(error.message))));
  });
}

/** Tells the host. */
export function tell(method: string, params: object = {}): void {
  send({ method, params });
}

/** Hears the host, and nobody else. */
export function listen(listeners: Listeners): void {
  window.addEventListener('message', ({ source, data }) => {
    if (source !== window.parent || data?.jsonrpc !== '2.0') return;
    const { id, method, params } = data;
    if (typeof method !== 'string') {
      waiting.get(id)?.(data);
      waiting.delete(id);
      return;
    }
    const listener = Object.hasOwn(listeners, method) ? listeners[method] : undefined;
    const answer = listener?.(params) ?? {};
    if (id === undefined) return;
    const unknown = { id, error: { code: -32601, message: 'A card does not do this' } };
    send(listener === undefined ? unknown : { id, result: answer });
  });
}

/** Lets the host make room for what the card shows. */
export function keepFitting(): void {
  const fit = () => tell('ui/notifications/size-changed', { height: Math.ceil(document.body.offsetHeight) });
  new ResizeObserver(fit).observe(document.body);
}
