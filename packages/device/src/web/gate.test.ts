import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Asked, judge } from './gate.ts';

const host = '127.0.0.1:8080';
const origin = `http://${host}`;
type Rest = Partial<Omit<Asked, 'headers'>>;
function verdict(headers: Asked['headers'], rest: Rest = {}): string {
  try {
    const asked = { method: 'GET', path: '/v1/status', secure: false, throughSession: false, ...rest };
    judge({ ...asked, headers: { host, ...headers } }, (name) => name === host);
    return 'good';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('the gate before the web interface', () => {
  it('refuses names that are not those of the device: DNS rebinding', () => {
    for (const other of ['attacker.example:8080', '127.0.0.1', 'localhost:8080', undefined]) {
      assert.equal(verdict({ host: other }), 'host-refused');
    }
    assert.equal(verdict({ host: 'd1.localhost:8000' }, { throughSession: true }), 'good');
  });
  it('refuses a foreign Origin, whatever the method', () => {
    for (const method of ['GET', 'OPTIONS', 'POST']) {
      for (const other of [
        'http://evil.example',
        'null',
        'https://127.0.0.1:8080',
        'http://127.0.0.1:8081',
      ]) {
        assert.equal(verdict({ origin: other }, { method }), 'origin-refused');
      }
    }
  });
  it('wants its own Origin on what changes something', () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']) {
      assert.equal(verdict({}, { method }), 'origin-refused');
      assert.equal(verdict({ origin }, { method }), 'good');
    }
  });
  it('wants its own Origin through a session, too, if there is one', () => {
    const through = { method: 'POST', throughSession: true };
    assert.equal(verdict({ origin: 'http://evil.example' }, through), 'origin-refused');
    assert.equal(verdict({ host: 'd1.localhost:8000', origin: 'http://d1.localhost:8000' }, through), 'good');
  });
  it('refuses what a page of another site or port began', () => {
    for (const began of ['cross-site', 'same-site']) {
      assert.equal(verdict({ 'sec-fetch-site': began }), 'origin-refused');
      const image = { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' };
      assert.equal(verdict({ 'sec-fetch-site': began, ...image }, { path: '/icon.svg' }), 'origin-refused');
    }
    assert.equal(verdict({ 'sec-fetch-site': 'same-origin' }), 'good');
    assert.equal(verdict({ 'sec-fetch-site': 'none' }), 'good');
  });
  it('lets a link of another page lead a person to the page, and to no route of the API, and into no frame', () => {
    const link = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    assert.equal(verdict(link, { path: '/remote-support' }), 'good');
    assert.equal(verdict(link, { path: '/v1/status' }), 'origin-refused');
    assert.equal(
      verdict({ ...link, 'sec-fetch-dest': 'iframe' }, { path: '/remote-support' }),
      'origin-refused',
    );
    assert.equal(verdict({ ...link, origin: 'null' }, { path: '/', method: 'POST' }), 'origin-refused');
  });
  it('is no proxy', () => {
    assert.equal(verdict({}, { path: 'http://evil.example/' }), 'host-refused');
  });
});
