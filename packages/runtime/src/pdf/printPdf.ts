import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail } from '../errors/index.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const folders = ['/usr/bin', '/usr/local/bin', '/snap/bin'];
const onMacs = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** A browser that never ends is ended after this. */
const printMs = 60_000;
/** Whoever has no rights: as whom root has the page printed. */
const nobody = 65_534;
/** Pages that wait while one is printed: a browser is much to ask of a small device. */
const waitingCap = 4;
let printing: Promise<unknown> = Promise.resolve();
let waiting = 0;
/** The largest page that is taken from the browser, in bytes. */
const printedCap = 64 * 1024 * 1024;

/** Where a Chromium is; undefined if there is none. */
export function findBrowser(path = process.env['PATH'] ?? ''): string | undefined {
  const places = [...path.split(delimiter).filter((one) => one !== ''), ...folders];
  const found = places
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((file) => existsSync(file));
  return found ?? (existsSync(onMacs) ? onMacs : undefined);
}

/**
 * Prints a page of our own by the system's Chromium. The page has to stand alone: the browser finds no network. One at a
 * time.
 *
 * @throws pdf-impossible
 */
export async function printPdf(page: string, browser = findBrowser()): Promise<Buffer> {
  if (browser === undefined) throw fail('pdf-impossible', { details: { reason: 'there is no Chromium' } });
  if (waiting > waitingCap) throw fail('pdf-impossible', { details: { reason: 'others are being printed' } });
  waiting += 1;
  const mine = printing
    .then(() => print(page, browser))
    .finally(() => {
      waiting -= 1;
    });
  printing = mine.catch(() => {});
  return mine;
}

async function print(page: string, browser: string): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-pdf-'));
  try {
    const [source, target] = [join(folder, 'page.html'), join(folder, 'page.pdf')];
    writeFileSync(source, page, { mode: 0o600 });
    const root = process.getuid?.() === 0;
    if (root) for (const path of [folder, source]) chownSync(path, nobody, nobody);
    const child = spawn(
      browser,
      [
        '--headless',
        // Who is root has no sandbox here, and needs none: nobody has no rights, and the page has no script.
        ...(root ? ['--no-sandbox'] : []),
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--disable-background-networking',
        '--disable-extensions',
        '--proxy-server=127.0.0.1:9',
        '--no-pdf-header-footer',
        `--user-data-dir=${join(folder, 'profile')}`,
        `--print-to-pdf=${target}`,
        pathToFileURL(source).href,
      ],
      {
        stdio: 'ignore',
        cwd: folder,
        env: { PATH: folders.join(delimiter), HOME: folder, TMPDIR: folder },
        detached: true,
        ...(root ? { uid: nobody, gid: nobody } : {}),
      },
    );
    await ended(child);
    return readPrinted(target);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The browser could have made anything of it, and who reads may be root: no link is followed, and no pipe waited for. */
function readPrinted(target: string): Buffer {
  let fd: number;
  try {
    fd = openSync(target, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    throw fail('pdf-impossible', { details: { reason: 'the browser made none' }, cause });
  }
  try {
    const made = fstatSync(fd);
    if (made.isFile() && made.size <= printedCap) return readFileSync(fd);
    throw fail('pdf-impossible', { details: { reason: 'what the browser made is no page' } });
  } finally {
    closeSync(fd);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  const timer = setTimeout(() => endGroup(child), printMs);
  try {
    await once(child, 'exit');
  } catch (cause) {
    throw fail('pdf-impossible', { details: { reason: 'the browser does not start' }, cause });
  } finally {
    clearTimeout(timer);
    endGroup(child);
  }
}

/** The browser and all that it started. */
function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {} // They are gone.
}
