import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { fakeClock } from '../testing/index.ts';
import {
  parseEnd,
  parseEvent,
  parseHead,
  parseRecordingId,
  parseSeal,
  type RecordingVerdict,
} from './index.ts';
import { record, testDevice, verdictOf } from './testRecording.ts';

const seed = 20_261_124;
let device: Awaited<ReturnType<typeof testDevice>>;
let lines: string[];
let seals: number[];
before(async () => {
  device = await testDevice();
  lines = record(device.writer(), 200);
  seals = lines.flatMap((line, index) => (line.startsWith('# sallyport-seal ') ? [index + 1] : []));
});
const look = (changed: readonly string[], pieceBytes?: number): RecordingVerdict =>
  verdictOf(Buffer.from(changed.join('')), { trusted: () => device.certificate }, pieceBytes);
const where = ({ verdict, line, to }: RecordingVerdict): unknown[] => [verdict, line, to];

describe('a recording', () => {
  it('is asciicast v3 with a head that says whose it is, and all of it is sealed', () => {
    const [first = '', second = ''] = lines.map((line) => line.trimEnd());
    assert.deepEqual(parseHead(first, second), device.head);
    assert.deepEqual(JSON.parse(first), {
      version: 3,
      term: { cols: 80, rows: 24, type: 'xterm-256color' },
      timestamp: Date.UTC(2027, 0, 1) / 1_000,
      title: 'erin@maker.example: terminal on dev-1',
      env: { TERM: 'xterm-256color', LANG: 'C.UTF-8' },
    });
    assert.deepEqual(seals, [3, 68, 133, 198, lines.length]);
    assert.equal(look(lines).verdict, 'intact');
    const end = parseEnd(lines.at(-2)?.trimEnd() ?? '');
    assert.deepEqual(end, { why: 'exit', exit: { code: 0 }, printed: 1_890, recorded: 1_890 });
  });
  it('has its events at their times, and what is rounded does not add up', async () => {
    const clock = fakeClock();
    const writer = device.writer(clock);
    const written = [writer.begin()];
    for (let n = 0; n < 10; n += 1) {
      await clock.advance(0.4);
      written.push(...writer.output(Buffer.from('x')));
    }
    written.push(...writer.resized(100, 50), ...writer.mark('a mark'), ...writer.end({ why: 'closed' }));
    const events = Buffer.concat(written)
      .toString()
      .split('\n')
      .map(parseEvent)
      .filter((event) => event !== undefined);
    assert.equal(Math.round(events.reduce((sum, [interval]) => sum + interval, 0) * 1_000), 4);
    assert.deepEqual(events.slice(-2), [
      [0, 'r', '100x50'],
      [0, 'm', 'a mark'],
    ]);
  });
  it('keeps characters that come in pieces, and shows bytes that are none', () => {
    const text = 'Grüße, 機器, 🔧; ';
    const bytes = Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0xe2, 0x82]), Buffer.from('end')]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 40 }), (sizes) => {
        const writer = device.writer();
        writer.begin();
        const pieces: Buffer[] = [];
        for (let at = 0, n = 0; at < bytes.length; n += 1) {
          const size = sizes[n % sizes.length] ?? 1;
          pieces.push(...writer.output(bytes.subarray(at, at + size)));
          at += size;
        }
        pieces.push(...writer.end({ why: 'closed' }));
        const shown = Buffer.concat(pieces).toString().split('\n').map(parseEvent);
        const all = shown.map((event) => (event?.[1] === 'o' ? event[2] : '')).join('');
        assert.equal(all.replace(/\ufffd+/g, '?'), `${text}?end`);
      }),
      { seed },
    );
  });
  it('of a command has its lines as a terminal shows them, whatever the pieces', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('\n', '\r\n', 'a', '\r', 'ü'), { maxLength: 30 }),
        fc.integer({ min: 1, max: 4 }),
        (parts, size) => {
          const bytes = Buffer.from(parts.join(''));
          const writer = device.writer(fakeClock(), { kind: 'command' });
          writer.begin();
          const pieces: Buffer[] = [];
          for (let at = 0; at < bytes.length; at += size)
            pieces.push(...writer.output(bytes.subarray(at, at + size)));
          pieces.push(...writer.end({ why: 'closed' }));
          const shown = Buffer.concat(pieces).toString().split('\n').map(parseEvent);
          const all = shown.map((event) => (event?.[1] === 'o' ? event[2] : '')).join('');
          assert.equal(all, parts.join('').replace(/(?<!\r)\n/g, '\r\n'));
        },
      ),
      { seed },
    );
  });
});

describe('verifying a recording', () => {
  it('says where it was cut, wherever that is: the first line that nothing vouches for', () => {
    assert.deepEqual(where(look([])), ['truncated', 1, undefined]);
    assert.deepEqual(where(look(lines.slice(0, 2))), ['truncated', 1, undefined]);
    assert.deepEqual(where(look(lines.slice(0, 68))), ['truncated', 69, undefined]);
    assert.deepEqual(where(look(lines.slice(0, 100))), ['truncated', 69, undefined]);
    assert.deepEqual(where(look(lines.slice(0, -1))), ['truncated', 199, undefined]);
    const whole = lines.join('');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (length) => {
        const found = look([whole.slice(0, length)]);
        const before = whole.slice(0, length).split('\n').length - 1;
        const sealed = seals.filter((line) => line <= before).at(-1) ?? 0;
        assert.deepEqual(where(found), ['truncated', sealed + 1, undefined]);
      }),
      { seed, numRuns: 60 },
    );
  });
  it('finds one byte that was changed, between the seals that it is between', () => {
    const whole = Buffer.from(lines.join(''));
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: whole.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        fc.constantFrom(1, 7, 100, 1_000_000),
        (at, change, pieceBytes) => {
          const bytes = Buffer.from(whole);
          bytes[at] = (bytes[at] ?? 0) ^ change;
          const found = verdictOf(bytes, { trusted: () => device.certificate }, pieceBytes);
          assert.notEqual(found.verdict, 'intact');
          const line = whole.subarray(0, at).toString().split('\n').length;
          // A last line break that is gone is a file that was cut.
          if (at === whole.length - 1 || found.verdict === 'truncated') {
            assert.ok((found.line ?? 0) <= line, `line ${line} of ${found.line}`);
            return;
          }
          const next = seals.find((seal) => seal >= line) ?? lines.length;
          assert.ok(
            (found.line ?? 0) <= line && (found.to ?? found.line ?? 0) <= next + 66,
            JSON.stringify(where(found)),
          );
        },
      ),
      { seed, numRuns: 150 },
    );
  });
  it('finds lines that were swapped, left out, put in, or put behind the end', () => {
    const changed = (edit: (lines: string[]) => void): RecordingVerdict => {
      const copy = [...lines];
      edit(copy);
      return look(copy);
    };
    const swapped = changed((all) => void all.splice(80, 2, all[81] ?? '', all[80] ?? ''));
    assert.deepEqual(where(swapped), ['tampered', 69, 133]);
    assert.equal(swapped.text, 'The lines are not those that the device sealed.');
    assert.deepEqual(where(changed((all) => void all.splice(80, 1))), ['tampered', 69, 132]);
    assert.deepEqual(where(changed((all) => void all.splice(80, 0, '[0.000, "o", "x"]\n'))), [
      'tampered',
      69,
      134,
    ]);
    assert.deepEqual(where(changed((all) => void all.splice(68, 65))), ['tampered', 69, 133]);
    assert.deepEqual(where(changed((all) => void all.push('[0.000, "o", "x"]\n'))), [
      'tampered',
      lines.length + 1,
      undefined,
    ]);
    assert.deepEqual(where(changed((all) => void all.push('x'))), ['tampered', lines.length + 1, undefined]);
  });
  it('takes no seal of another key, and no head that it does not trust', async () => {
    const other = await testDevice('dev-2');
    const forged = record(other.writer(), 3);
    const mine = { trusted: () => device.certificate };
    assert.deepEqual(where(verdictOf(Buffer.from(forged.join('')), mine)), ['tampered', 3, undefined]);
    const trusted = (): string => 'It is not ours.';
    const found = verdictOf(Buffer.from(forged.join('')), { trusted });
    assert.deepEqual([...where(found), found.text], ['tampered', 2, undefined, 'It is not ours.']);
  });
  it('finds the first seal that somebody made anew with another key, however many follow', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const hash = createHash('sha256');
    let bytes = 0;
    const forged = lines.map((line, at) => {
      const parsed = parseSeal(line.trimEnd());
      const changed = at === 80 ? line.replace('line', 'lime') : line;
      let next = changed;
      if (parsed && at > 80) {
        const sha256 = hash.copy().digest('hex');
        const text = `# sallyport-seal ${JSON.stringify({ ...parsed.seal, bytes, sha256 })}`;
        next = `${text} ${sign('sha256', Buffer.from(text), privateKey).toString('base64')}\n`;
      }
      hash.update(next);
      bytes += Buffer.byteLength(next);
      return next;
    });
    const found = look(forged);
    assert.deepEqual(where(found), ['tampered', 133, undefined]);
    assert.equal(found.sealed?.seal, 2);
  });
  it('holds it against what was noted elsewhere', () => {
    const [, second] = seals;
    const seal = parseSeal(lines[(second ?? 1) - 1]?.trimEnd() ?? '')?.seal;
    const noted = { bytes: seal?.bytes ?? 0, sha256: seal?.sha256 ?? '' };
    const bytes = Buffer.from(lines.join(''));
    const by = (one: typeof noted): unknown[] =>
      where(verdictOf(bytes, { trusted: () => device.certificate, noted: [one] }));
    assert.equal(by(noted)[0], 'intact');
    assert.deepEqual(by({ ...noted, sha256: '0'.repeat(64) }), ['tampered', 4, 68]);
    assert.deepEqual(by({ ...noted, bytes: noted.bytes + 1 }), ['tampered', 1, lines.length]);
    const cut = Buffer.from(lines.slice(0, 3).join(''));
    const found = verdictOf(cut, { trusted: () => device.certificate, noted: [noted] });
    assert.deepEqual(where(found), ['truncated', 4, undefined]);
    assert.match(found.text, /noted elsewhere/);
  });
  it('keeps next to nothing, and takes a file of hostile lines as one that was tampered with', () => {
    const long = Buffer.alloc(1024 * 1024, 'x');
    assert.equal(verdictOf(long, { trusted: () => device.certificate }).verdict, 'tampered');
    const comments = [
      ...lines.slice(0, 3),
      `# ${'x'.repeat(5_000)}\n`,
      `# sallyport-seal ${'x'.repeat(5_000)}\n`,
    ];
    assert.deepEqual(where(look(comments)), ['truncated', 4, undefined]);
    assert.deepEqual(where(look([...lines.slice(0, 3), '# sallyport-seal {} AAAA\n'])), [
      'tampered',
      4,
      undefined,
    ]);
  });
});

describe('the parsers of recordings', () => {
  it('never throw but what the table has, whatever they are given', () => {
    const line = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `# sallyport-seal ${json} AAAAAAAAAAAA`),
      fc.json().map((json) => `# sallyport-end ${json}`),
    );
    fc.assert(
      fc.property(line, line, (one, other) => {
        parseEvent(one);
        parseEnd(one);
        parseSeal(one);
        parseRecordingId(one);
        assert.throws(() => parseHead(one, `# sallyport-recording ${other}`), {
          code: 'recording-malformed',
        });
        const bytes = Buffer.from(`${one}\n${other}\n`);
        assert.notEqual(verdictOf(bytes, { trusted: () => device.certificate }).verdict, 'intact');
      }),
      { seed, numRuns: 300 },
    );
  });
  it('know events of other programs from lines that are none', () => {
    assert.deepEqual(parseEvent('[1.5, "o", "x"]'), [1.5, 'o', 'x']);
    assert.deepEqual(parseEvent('[0, "z", {"a": 1}]'), [0, 'other', '']);
    for (const none of ['', '# x', '[]', '{', '[-1, "o", "x"]', '["1", "o", "x"]', '[1, "o"]']) {
      assert.equal(parseEvent(none), undefined, none);
    }
  });
});
