import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSystemBrowser } from '../../src/auth/browser.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'browser-'));
  vi.stubEnv('PATH', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe.skipIf(process.platform !== 'linux')("the system's browser", () => {
  it('gets the address as it is, without a shell in between', async () => {
    const opened = join(folder, 'opened');
    writeFileSync(join(folder, 'xdg-open'), `#!/bin/sh\nprintf '%s' "$1" > ${opened}\n`);
    chmodSync(join(folder, 'xdg-open'), 0o755);
    const url = 'https://login.example/authorize?a=$(touch%20x)&b=`id`;c';
    await openSystemBrowser(url);
    await vi.waitFor(() => expect(existsSync(opened) && readFileSync(opened, 'utf8')).toBe(new URL(url).href));
  });

  it('that is not there is a failure, not a crash', async () => {
    await expect(openSystemBrowser('https://login.example/')).rejects.toThrow('ENOENT');
  });
});

it.each(['http://login.example/', 'file:///etc/passwd', 'javascript:alert(1)'])('%s is not opened', async (url) => {
  await expect(openSystemBrowser(url)).rejects.toThrow('https');
});
