import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toBrowser, toDevice } from './headers.ts';

const origin = 'http://d1.localhost:8000';
const plain = (fields: object): object => ({ ...fields });

describe('the headers on their way to the device', () => {
  it('are without those of the hop, also those that Connection names', () => {
    const raw = [
      'Host',
      'd1.localhost:8000',
      'Connection',
      'keep-alive, X-Hop',
      'X-Hop',
      '1',
      'TE',
      'trailers',
      'Accept',
      '*/*',
    ];
    assert.deepEqual(plain(toDevice(raw, undefined)), { host: 'd1.localhost:8000', accept: '*/*' });
  });
  it('have only the cookies that may pass', () => {
    assert.deepEqual(plain(toDevice(['Cookie', 'a=1; sallyport-web-1=x'], 'a=1')), { cookie: 'a=1' });
  });
});

describe('the headers on their way to the browser', () => {
  const location = (value: string): unknown => toBrowser(['Location', value], origin)['location'];
  it('keep a redirect on this origin, wherever it pointed', () => {
    assert.equal(location('/next?a=1#b'), '/next?a=1#b');
    assert.equal(location('next'), 'next');
    assert.equal(location('http://192.168.1.9:8080/setup?x=1'), '/setup?x=1');
    assert.equal(location('https://evil.example/a'), '/a');
    assert.equal(location('//evil.example/a'), '/a');
    assert.equal(location('\\\\evil.example/a'), '/a');
    assert.equal(location('http://evil.example//evil.example/a'), '/evil.example/a');
    assert.equal(location('javascript:alert(1)'), '/');
  });
  it('keep a redirect on this origin that a browser reads otherwise than it is written', () => {
    for (const hidden of [
      '/\t/evil.example/a',
      '\t//evil.example/a',
      '/\t\\evil.example/a',
      'ht\ttp://evil.example/a',
    ]) {
      const kept = String(location(hidden));
      assert.equal(new URL(kept, origin).origin, origin, JSON.stringify(hidden));
    }
  });
  it('keep a refresh on this origin', () => {
    const refresh = (value: string): unknown => toBrowser(['Refresh', value], origin)['refresh'];
    assert.equal(refresh('5'), '5');
    assert.equal(refresh('5; url=/done?x=1'), '5;url=/done?x=1');
    assert.equal(refresh('0;URL="http://evil.example/a"'), '0;url=/a');
    assert.equal(refresh("0, '//evil.example/a'"), '0;url=/a');
    assert.equal(refresh('0; url = /\t/evil.example/a'), '0;url=/a');
  });
  it('keep cookies on this origin', () => {
    assert.equal(
      toBrowser(['Set-Cookie', 'sid=1; Domain=localhost; Path=/; HttpOnly'], origin)['set-cookie'],
      'sid=1; Path=/; HttpOnly',
    );
  });
  it('keep several cookies apart', () => {
    assert.deepEqual(toBrowser(['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'], origin)['set-cookie'], [
      'a=1',
      'b=2',
    ]);
  });
  it('never set or forget our own cookie', () => {
    const raw = [
      ...['Set-Cookie', ' sallyport-web-8000=mine', 'Set-Cookie', '= sallyport-web-8000=mine'],
      ...['Clear-Site-Data', '"cookies"', 'X', 'y'],
    ];
    assert.deepEqual(plain(toBrowser(raw, origin)), { x: 'y' });
  });
});
