import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Report, reportHtml, reportLanguages, reportSchema } from './index.ts';
import { de, en } from './words.ts';

const at = '2027-01-01T10:00:00.000Z';
/** A report in which everything that others chose is `text`. */
const reportWith = (text: string): Report => ({
  v: 1,
  side: 'device',
  madeAt: at,
  clock: 'own',
  device: { id: 'd000000000', name: text, maker: text, relay: text },
  grant: {
    id: '0'.repeat(32),
    ports: [40_123],
    reference: text,
    scopes: [text],
    approval: true,
    enabledBy: text,
    endedBy: text,
    why: text,
    from: at,
    to: '2027-01-01T11:02:00.000Z',
  },
  people: [{ name: text, key: 'a'.repeat(64), keyWords: text, from: at, sessions: 1 }],
  deeds: [
    { at, representative: text, session: text, kind: 'command', what: text, exit: { signal: text } },
    {
      at,
      representative: text,
      session: text,
      kind: text,
      what: text,
      act: text,
      newName: text,
      result: text,
    },
  ],
  notLetIn: [{ at, representative: text, why: text, key: text }],
  acts: [{ at, event: text, by: text, whom: text }],
  recordings: [{ id: text, what: text, head: text, bytes: 1_500 }],
  sessions: [
    { id: text, representative: text, from: at, why: text, lost: 1, receipt: { hash: text, signed: 'both' } },
  ],
  left: 3,
});
/** The tags of a page and their attributes, without the texts between. */
const tagsOf = (page: string): string[] =>
  [...page.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replace(/(data-label|class)="[^"]*"/g, ''));

describe('the page of a report', () => {
  it('shows hostile text as text, and nothing of it as markup', () => {
    const texts = [
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      "' onclick='alert(1)",
      '</style><style>body{background:url(//evil)}',
      '</title><base href=//evil>',
      '<!--',
      ']]>',
      '&lt;',
      '\u001b[31m\u202e\u0000',
    ];
    const plain = tagsOf(reportHtml(reportWith('plain'), 'en'));
    for (const text of texts) {
      const page = reportHtml(reportWith(text), 'en');
      assert.deepEqual(tagsOf(page), plain, text);
      assert.doesNotMatch(page, /[\u202e\u001b\u0000]/);
    }
  });

  it('is the same markup whatever is written into it', () => {
    const plain = tagsOf(reportHtml(reportWith('plain'), 'de'));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), (text) => {
        assert.deepEqual(tagsOf(reportHtml(reportWith(`x${text}`), 'de')), plain);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it('asks for nothing outside, and tells the browser so', () => {
    const page = reportHtml(reportWith('plain'), 'en');
    assert.match(
      page,
      /http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;sha256-/,
    );
    assert.doesNotMatch(page, /\ssrc=|href=|url\(|@import|https?:/);
    assert.doesNotMatch(page, /<script|\son\w+=/);
  });

  it('says all of it, in both languages', () => {
    assert.deepEqual(reportSchema.parse(reportWith('x')), reportWith('x'));
    for (const language of reportLanguages) {
      const page = reportHtml(reportWith('it'), language);
      const words = language === 'de' ? de : en;
      for (const word of [
        words.summary,
        words.people,
        words.deeds,
        words.notLetIn,
        words.recordings,
        words.receipts,
      ])
        assert.ok(page.includes(`<h2>${word}</h2>`), word);
      assert.ok(page.includes(`<html lang="${language}">`));
      assert.match(page, /1 h 2 min/);
      assert.match(page, /1\.5 kB/);
    }
    const keysOf = (words: object): string[] =>
      Object.entries(words).flatMap(([name, value]) =>
        typeof value === 'object' ? Object.keys(value).map((key) => `${name}.${key}`) : [name],
      );
    assert.deepEqual(keysOf(de), keysOf(en));
  });

  it('counts what a page has no room for', () => {
    const [deed] = reportWith('it').deeds;
    assert.ok(deed);
    const page = reportHtml({ ...reportWith('it'), deeds: Array(5_100).fill(deed) }, 'en');
    assert.match(page, /103 more lines are not shown here/);
  });
});
