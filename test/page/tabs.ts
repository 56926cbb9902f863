import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterEach, expect } from 'vitest';

/** The tabs of a test file, and what else a test has opened: closed after each, when the browser must have nothing to say of the page. */
export class Tabs {
  readonly closers: (() => Promise<void>)[] = [];
  /** Scripts that failed, what the page's policy refused. A test whose server goes away empties it. */
  readonly complaints: string[] = [];
  readonly #browser: () => Browser;

  constructor(browser: () => Browser) {
    this.#browser = browser;
    afterEach(async () => {
      for (const close of this.closers.splice(0).reverse()) await close();
      // A refusal of ours is an answer, which the browser logs like this; it is no fault of the page.
      const faults = this.complaints
        .splice(0)
        .filter((text) => !/the server responded with a status of 4\d\d/.test(text));
      expect(faults).toEqual([]);
    });
  }

  /** A window of its own, with nothing in it from others. */
  async open(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser().newContext({ locale: 'en-GB', timezoneId: 'UTC', ...options });
    this.closers.push(() => context.close());
    context.setDefaultTimeout(15_000);
    const tab = await context.newPage();
    tab.on('pageerror', (error) => this.complaints.push(String(error)));
    tab.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    return tab;
  }
}
