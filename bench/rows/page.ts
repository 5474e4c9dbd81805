/**
 * The device's web interface in Chromium, on a processor made four times slower: how soon its first page can be used,
 * and how long a key takes while a terminal that is watched prints 50 MB. Beside that what Lighthouse looks at.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium } from '../../scripts/stage/chromium.ts';
import { freePorts } from '../../scripts/stage/ports.ts';
import { programs } from '../../scripts/stage/program.ts';
import { type Stage, setStage } from '../../scripts/stage/stage.ts';
import { killTerminals, openTerminal } from '../../scripts/stage/terminal.ts';
import { visitor } from '../../scripts/stage/visitor.ts';
import type { Bench, Row } from '../row.ts';
import { kilobytes, type Line, milliseconds, type Unit } from '../table.ts';

const slower = 4;
const password = 'wombat ladder orbit nine';
const representative = 'erin@maker.example';
const printedBytes = 50_000_000;
const shift: Unit = { name: '', digits: 3 };

export const row: Row = {
  name: 'page',
  quick: false,
  run: async (bench) => {
    const [port = 0, webPort = 0] = await freePorts(2);
    const stage = await setStage({ folder: join(bench.folder, 'stage'), relayPorts: [port], webPort });
    bench.defer(() => stage.end());
    await stage.startRelay();
    await stage.startDevice();
    const file = join(bench.folder, 'password');
    writeFileSync(file, password, { mode: 0o600 });
    await stage.device(['admin', 'add', 'alice', '--password-file', file]);
    const browser = await launchChromium();
    bench.defer(() => browser.close());
    return [...(await firstPage(bench, stage, browser)), ...(await watched(bench, stage, browser))];
  },
};

const base = (stage: Stage): string => `http://127.0.0.1:${stage.webPort}`;

async function slow(page: Page): Promise<void> {
  const tools = await page.context().newCDPSession(page);
  await tools.send('Emulation.setCPUThrottlingRate', { rate: slower });
}

type State = Awaited<ReturnType<BrowserContext['storageState']>>;

type Load = {
  readonly usable: number;
  readonly largest: number;
  readonly blocked: number;
  readonly shift: number;
  readonly bytes: number;
};

/** Kept in the page from its first moment on. Usable is when the button that it is all for stands there to be pressed. */
const watching = `
  const seen = { usable: 0, largest: 0, blocked: 0, shift: 0 };
  globalThis.seen = seen;
  globalThis.usable = new Promise((resolve) => {
    const look = () => {
      const button = document.querySelector('#content button:not([disabled]):not([aria-disabled])');
      if (button) setTimeout(() => { seen.usable = performance.now(); resolve(); });
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  const observe = (type, use) =>
    new PerformanceObserver((list) => list.getEntries().forEach(use)).observe({ type, buffered: true });
  observe('largest-contentful-paint', ({ startTime }) => { seen.largest = startTime; });
  observe('longtask', ({ duration }) => { seen.blocked += duration - 50; });
  observe('layout-shift', ({ value, hadRecentInput }) => { if (!hadRecentInput) seen.shift += value; });
`;

async function load(stage: Stage, page: Page): Promise<Load> {
  await page.goto(base(stage));
  await page.evaluate('usable');
  await page.waitForLoadState('networkidle');
  return (await page.evaluate(`({
    ...seen,
    bytes: [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
      .filter(({ name }) => !name.includes('/v1/'))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
  })`)) as Load;
}

/** What the page's own thread has used when it can be used, in milliseconds of processor time. */
async function processorTime(stage: Stage, browser: Browser, storageState: State): Promise<number> {
  const context = await browser.newContext({ storageState, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.addInitScript(watching);
  const tools = await context.newCDPSession(page);
  await tools.send('Performance.enable', { timeDomain: 'threadTicks' });
  await load(stage, page);
  const { metrics } = await tools.send('Performance.getMetrics');
  await context.close();
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1_000;
}

async function firstPage(bench: Bench, stage: Stage, browser: Browser): Promise<Line[]> {
  const first: Load[] = [];
  const again: Load[] = [];
  const spent: number[] = [];
  for (let n = 0; n < bench.repetitions; n += 1) {
    // A visitor of their own each time: nothing is in a cache.
    const one = await visitor(browser, base(stage));
    await one.signIn('alice', password);
    const state = await one.page.context().storageState();
    await one.close();
    const context = await browser.newContext({ storageState: state, reducedMotion: 'reduce' });
    const page = await context.newPage();
    await page.addInitScript(watching);
    await slow(page);
    first.push(await load(stage, page));
    again.push(await load(stage, page));
    await context.close();
    spent.push(await processorTime(stage, browser, state));
  }
  const of = (what: keyof Load): number[] => first.map((one) => one[what]);
  const at = `processor ${slower} times slower`;
  return [
    {
      what: `first page, until it can be used, ${at}`,
      unit: milliseconds,
      ours: of('usable'),
      goals: [{ atMost: 1_000 }],
    },
    {
      what: `its processor time until then, times ${slower}: what is left on a machine that does nothing else`,
      unit: milliseconds,
      ours: spent.map((ms) => ms * slower),
      goals: [{ atMost: 1_000 }],
    },
    {
      what: 'until it can be used, with a full cache',
      unit: milliseconds,
      ours: again.map(({ usable }) => usable),
    },
    { what: `its largest paint, ${at}`, unit: milliseconds, ours: of('largest') },
    { what: `its time blocked, ${at}`, unit: milliseconds, ours: of('blocked') },
    { what: 'what moves while it loads', unit: shift, ours: of('shift') },
    {
      what: 'its bytes, compressed',
      unit: kilobytes,
      ours: of('bytes').map((bytes) => bytes / 1_000),
      goals: [{ atMost: 250 }],
    },
  ];
}

/** Keys that are pressed while a terminal prints, each until the page is painted anew. */
async function watched(bench: Bench, stage: Stage, browser: Browser): Promise<Line[]> {
  const data = await stage.representative(representative);
  const { port, otp } = await stage.enable(['--for', '1h', '--allow', 'terminal', '--wait', '20']);
  const terminal = openTerminal(programs.support, ['connect', String(port)], {
    SALLYPORT_DATA: data,
    SALLYPORT_OTP: otp,
  });
  bench.defer(killTerminals);
  await terminal.shows(/[$#] /);
  const one = await visitor(browser, base(stage));
  await one.signIn('alice', password);
  const { page } = one;
  await page.getByRole('button', { name: 'Watch' }).click();
  const screen = page.getByRole('region', { name: `Terminal of ${representative}` });
  await screen.locator('.xterm-rows').waitFor();
  await page.evaluate(`
    globalThis.presses = [];
    new PerformanceObserver((list) =>
      list.getEntries().filter(({ name }) => name === 'keydown').forEach(({ duration }) => presses.push(duration))
    ).observe({ type: 'event', durationThreshold: 16 });
  `);
  await slow(page);
  const began = performance.now();
  terminal.type(`yes 'sallyport sallyport sallyport' | head -c ${printedBytes}; echo all-$((6*7))\r`);
  const shown = screen
    .getByText('all-42')
    .waitFor({ timeout: 300_000 })
    .then(() => performance.now() - began);
  let over = false;
  void shown.finally(() => {
    over = true;
  });
  let pressed = 0;
  while (!over) {
    await page.keyboard.press('Tab');
    pressed += 1;
    await Promise.race([shown, page.waitForTimeout(100)]);
  }
  const took = await shown;
  const presses = (await page.evaluate('presses')) as number[];
  bench.say(`${pressed} keys while ${printedBytes} bytes were printed in ${took.toFixed(0)} ms`);
  await one.close();
  return [
    {
      what: `a key while a terminal that is watched prints 50 MB, until it is painted, the slowest`,
      unit: milliseconds,
      ours: [Math.max(0, ...presses)],
      goals: [{ atMost: 500 }],
      note: `${pressed} keys; the end was on the screen after ${(took / 1_000).toFixed(1)} s`,
    },
  ];
}
