import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { type Gate, makeGate, type Verdict, type WebRequest } from './gate.ts';

const host = 'd1234.localhost:8000';
const origin = `http://${host}`;
const open = (): Gate => makeGate({ device: 'd1234', port: 8000, random: randomBytes });
const ask = (gate: Gate, headers: WebRequest['headers'], rest: Partial<WebRequest> = {}): Verdict =>
  gate.judge({ method: 'GET', url: '/', upgrade: false, headers: { host, ...headers }, ...rest });
const status = (verdict: Verdict): number | string => (verdict.do === 'refuse' ? verdict.status : verdict.do);

/** A gate, and the cookie that its first address gave. */
function entered(): { gate: Gate; cookie: string } {
  const gate = open();
  const verdict = ask(gate, {}, { url: gate.firstAddress.slice(origin.length) });
  assert.ok(verdict.do === 'enter');
  return { gate, cookie: verdict.setCookie.split(';')[0] ?? '' };
}

describe('the gate before a device’s web interface', () => {
  it('gives a host-only, HttpOnly, SameSite=Strict cookie for its one-time token', () => {
    const gate = open();
    const verdict = ask(gate, {}, { url: gate.firstAddress.slice(origin.length) });
    assert.ok(verdict.do === 'enter');
    assert.match(verdict.setCookie, /^sallyport-web-8000=[\w-]{32}; Path=\/; HttpOnly; SameSite=Strict$/);
  });
  it('takes the token once', () => {
    const { gate } = entered();
    assert.equal(status(ask(gate, {}, { url: gate.firstAddress.slice(origin.length) })), 403);
  });
  it('refuses a wrong token, and the right one is still good', () => {
    const gate = open();
    assert.equal(status(ask(gate, {}, { url: '/.sallyport/enter?token=x' })), 403);
    assert.equal(status(ask(gate, {}, { url: gate.firstAddress.slice(origin.length) })), 'enter');
  });
  it('passes what bears the cookie', () => {
    const { gate, cookie } = entered();
    assert.equal(status(ask(gate, { cookie: `a=b; ${cookie}` })), 'pass');
    assert.equal(status(ask(gate, { cookie: `sallyport-web-8000=x; ${cookie}` })), 'pass');
  });
  it('refuses what bears none, or another', () => {
    const { gate } = entered();
    assert.equal(status(ask(gate, {})), 401);
    assert.equal(status(ask(gate, { cookie: 'sallyport-web-8000=x' })), 401);
  });
  it('refuses every other Host', () => {
    const { gate, cookie } = entered();
    for (const other of [
      'evil.example',
      'd1234.localhost',
      '127.0.0.1:8000',
      'd9.localhost:8000',
      undefined,
    ]) {
      assert.equal(status(ask(gate, { cookie, host: other })), 421);
    }
  });
  it('refuses a foreign Origin, whatever the method', () => {
    const { gate, cookie } = entered();
    for (const method of ['GET', 'OPTIONS', 'POST']) {
      assert.equal(status(ask(gate, { cookie, origin: 'http://evil.example' }, { method })), 403);
      assert.equal(status(ask(gate, { cookie, origin: 'null' }, { method })), 403);
    }
  });
  it('wants its own Origin on what changes something', () => {
    const { gate, cookie } = entered();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']) {
      assert.equal(status(ask(gate, { cookie }, { method })), 403);
      assert.equal(status(ask(gate, { cookie, origin }, { method })), 'pass');
    }
  });
  it('wants its own Origin on a WebSocket', () => {
    const { gate, cookie } = entered();
    assert.equal(status(ask(gate, { cookie }, { upgrade: true })), 403);
    assert.equal(status(ask(gate, { cookie, origin }, { upgrade: true })), 'pass');
  });
  it('refuses what a page of another site or port began', () => {
    const { gate, cookie } = entered();
    for (const began of ['cross-site', 'same-site']) {
      assert.equal(status(ask(gate, { cookie, 'sec-fetch-site': began })), 403);
    }
    assert.equal(status(ask(gate, { cookie, 'sec-fetch-site': 'same-origin' })), 'pass');
    assert.equal(status(ask(gate, { cookie, 'sec-fetch-site': 'none' })), 'pass');
  });
  it('is no open proxy', () => {
    const { gate, cookie } = entered();
    assert.equal(status(ask(gate, { cookie }, { url: 'http://evil.example/' })), 400);
    assert.equal(status(ask(gate, { cookie }, { url: 'evil.example:443' })), 400);
  });
  it('passes no cookie of ours on', () => {
    const { gate, cookie } = entered();
    assert.equal(gate.passedCookies(`${cookie}; sid=1; sallyport-web-9=2; theme=dark`), 'sid=1; theme=dark');
    assert.equal(gate.passedCookies(cookie), undefined);
    assert.equal(gate.passedCookies(undefined), undefined);
  });
});
