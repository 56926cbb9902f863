import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import packaged, { inflate } from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

/** The package has one for Linux on x64. */
export const hasChromium = process.platform === 'linux' && process.arch === 'x64';

/**
 * A Chromium out of an npm package, so that a machine with Node and npm alone can run these tests. Of the flags that the package
 * recommends none is used: they turn the web's security off, which is what is tested here.
 */
export async function openChromium(): Promise<{ browser: Browser; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'entra-mcp-chromium-'));
  const { executablePath, libraries } = await unpackedTo(folder);
  // The package's own list of folders knows only /tmp, and Chromium ends where it has no font at all.
  writeFileSync(
    join(folder, 'fonts.conf'),
    `<fontconfig><dir>${join(folder, 'fonts')}</dir><cachedir>${join(folder, 'cache')}</cachedir></fontconfig>`,
  );
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-zygote'],
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, FONTCONFIG_FILE: join(folder, 'fonts.conf'), ...libraries },
  });
  return {
    browser,
    close: async () => {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The package unpacks below the temporary folder, where one half unpacked by a killed process would be taken for whole. */
async function unpackedTo(folder: string): Promise<{ executablePath: string; libraries: Record<string, string> }> {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  try {
    const executablePath = await packaged.executablePath();
    const isComplete = !/not found/.test(spawnSync('ldd', [executablePath], { encoding: 'utf8' }).stdout ?? '');
    if (isComplete) return { executablePath, libraries: {} };
    // The machine lacks libraries that the package has.
    const bin = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..', 'bin');
    return { executablePath, libraries: { LD_LIBRARY_PATH: join(await inflate(join(bin, 'al2023.tar.br')), 'lib') } };
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
}
