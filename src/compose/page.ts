import { type ApprovalPage, type Approver, canApprove, type OpenTenant } from '../approval/index.ts';
import type { Config } from '../config/index.ts';
import type { Log } from '../contract/index.ts';
import type { RunningPage } from '../page/index.ts';
import { hasDesktop } from './desktop.ts';
import { systemClock, systemRandom } from './system.ts';

/** A page that nobody looked at for so long is not open in a browser. */
const watchedMs = 10_000;
/** Windows do not pile up, however many plans come. */
const pauseMs = 60_000;

interface PageOptions {
  readonly open: OpenTenant;
  readonly approver: Approver;
  readonly config: Pick<Config, 'openBrowser'>;
  readonly log: Log;
}

/** The approval page of a tenant: loaded and served once a plan waits. */
export function approvalPage(options: PageOptions): ApprovalPage & { close(): Promise<void> } {
  const { approver, config, log } = options;
  let serving: Promise<RunningPage> | undefined;
  let shownAt = 0;

  async function served(): Promise<RunningPage | undefined> {
    try {
      if (!canApprove(approver)) return undefined;
      serving ??= import('../page/index.ts').then(({ servePage }) =>
        servePage({ ...options, clock: systemClock, random: systemRandom }),
      );
      return await serving;
    } catch (error) {
      serving = undefined;
      log.warn({ err: error }, 'the approval page is not served');
      return undefined;
    }
  }

  async function show(planId: string): Promise<void> {
    if (!hasDesktop(config.openBrowser, process.env, process.platform)) return;
    const page = await served();
    const now = systemClock.now();
    if (page === undefined || now - page.lastAsked() < watchedMs || now - shownAt < pauseMs) return;
    shownAt = now;
    const { openSystemBrowser } = await import('../auth/browser.ts');
    await openSystemBrowser(page.addressOf(planId));
  }

  return {
    addressOf: async (planId) => (await served())?.addressOf(planId),
    show: (planId) => {
      show(planId).catch(() => log.info({ planId }, 'no browser could be opened'));
    },
    close: async () => {
      await (await serving?.catch(() => undefined))?.close();
    },
  };
}
