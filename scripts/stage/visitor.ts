import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

const axeSource = (): string =>
  readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const runAxe = `axe
  .run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
  .then(({ violations }) => violations.map(({ id, nodes }) =>
    id + ': ' + nodes.map(({ html, failureSummary }) => html + ' ' + failureSummary).join(' | ')))`;
const patienceMs = 20_000;

export type Look = {
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
  readonly language?: 'en-GB' | 'de-DE';
};

/** Somebody at a browser of their own, whose page must not complain. */
export type Visitor = {
  readonly page: Page;
  /** Goes to a page of the interface, and waits for its heading. */
  go(path: string): Promise<void>;
  signIn(name: string, password: string): Promise<void>;
  /** What the page complained about: errors of scripts, of the policy, and what it asked of anybody else. */
  readonly complaints: string[];
  /** Fails if axe finds something in the page as it stands, or if the page is wider than its window. */
  check(what: string): Promise<void>;
  close(): Promise<void>;
};

export async function visitor(browser: Browser, base: string, look: Look = {}): Promise<Visitor> {
  const options: BrowserContextOptions = {
    viewport: { width: look.width ?? 1280, height: 800 },
    colorScheme: look.scheme ?? 'light',
    locale: look.language ?? 'en-GB',
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  };
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
  page.on('console', (message) => {
    // An answer that refuses is an answer; a device that is away is what some tests are about.
    if (message.type() === 'error' && !/Failed to load resource|ERR_/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== base && protocol !== 'data:') complaints.push(`asked ${request.url()}`);
  });
  const heading = page.getByRole('heading', { level: 1 });
  return {
    page,
    complaints,
    go: async (path) => {
      await page.goto(base + path);
      await heading.waitFor();
    },
    signIn: async (name, password) => {
      await page.goto(`${base}/sign-in`);
      await page.getByLabel('Name', { exact: true }).fill(name);
      await page.locator('input[autocomplete="current-password"]').fill(password);
      await page.keyboard.press('Enter');
      await page.waitForURL(`${base}/remote-support`);
      await heading.waitFor();
    },
    check: async (what) => {
      // Evaluated, not loaded as a script: the page's own policy lets in no other script, as it should.
      await page.evaluate(axeSource());
      const found = (await page.evaluate(runAxe)) as string[];
      assert.deepEqual(found, [], what);
      const wide = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      assert.ok((wide as number) <= 0, `${what}: the page is ${wide} pixels wider than its window`);
      assert.deepEqual(complaints, [], what);
    },
    close: () => context.close(),
  };
}
