import { spawn } from 'node:child_process';

/** Opens a URL in the user's browser, without a shell in between. Rejects where there is no way to. */
export function openSystemBrowser(url: string): Promise<void> {
  const { protocol, href } = new URL(url);
  if (protocol !== 'https:') return Promise.reject(new Error('only https pages are opened'));
  const [command, ...args] = opener(href);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { detached: true, stdio: 'ignore' });
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
