import { spawn } from 'node:child_process';

/**
 * Opens a URL in the user's browser, without a shell in between. Rejects where there is no way to. Only https, and pages of this
 * machine. The browser is not given the settings of this program: credentials are among them.
 */
export function openSystemBrowser(url: string): Promise<void> {
  const { protocol, hostname, href } = new URL(url);
  const isOwn = protocol === 'http:' && hostname === '127.0.0.1';
  if (protocol !== 'https:' && !isOwn) return Promise.reject(new Error('only https pages are opened'));
  const [command, ...args] = opener(href);
  return new Promise((resolve, reject) => {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:AZURE|ENTRA_MCP)_/.test(name)));
    const child = spawn(command, args, { detached: true, stdio: 'ignore', env });
    child.once('error', reject);
    child.once('spawn', () => {
      child.unref();
      resolve();
    });
  });
}

function opener(href: string): [string, ...string[]] {
  if (process.platform === 'darwin') return ['open', href];
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', href];
  return ['xdg-open', href];
}
