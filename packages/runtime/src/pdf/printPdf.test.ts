import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { printPdf } from './index.ts';

describe('printing a page', () => {
  it('makes a PDF, of two pages that are asked for at the same time, too', async () => {
    const pages = ['one', 'two'].map((text) => `<!doctype html><title>${text}</title><p>${text}`);
    for (const pdf of await Promise.all(pages.map((page) => printPdf(page)))) {
      assert.equal(pdf.toString('latin1', 0, 5), '%PDF-');
      assert.match(pdf.toString('latin1', pdf.length - 8), /%%EOF/);
    }
  });

  it('has five at most in hand, and says so to whoever comes then', async () => {
    const tries = Array.from({ length: 7 }, () =>
      printPdf('', '/bin/true').catch((error) => error.details.reason),
    );
    const reasons = await Promise.all(tries);
    assert.equal(reasons.filter((reason) => reason === 'others are being printed').length, 2);
  });

  it('takes no link and no pipe for what was printed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-browser-'));
    chmodSync(folder, 0o755);
    for (const make of ['ln -s /etc/passwd', 'mkfifo', 'mkdir']) {
      const browser = join(folder, 'browser');
      const lines = ['for each; do case $each in --print-to-pdf=*)', `${make} "\${each#*=}";; esac; done`];
      writeFileSync(browser, `#!/bin/sh\n${lines.join(' ')}\n`, { mode: 0o755 });
      await assert.rejects(printPdf('', browser), { code: 'pdf-impossible' }, make);
    }
    rmSync(folder, { recursive: true });
  });

  it('says why it cannot', async () => {
    await assert.rejects(printPdf('', '/nowhere/chromium'), { code: 'pdf-impossible' });
    await assert.rejects(printPdf('', '/bin/true'), { code: 'pdf-impossible' });
  });
});
