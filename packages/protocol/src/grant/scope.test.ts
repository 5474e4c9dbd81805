import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { allows, formatTarget, parseScope, parseTarget, scopeSchema, scopesSchema } from './index.ts';

describe('a TCP target', () => {
  it('has one normal form, however it is spelled', () => {
    const forms: { [spelled: string]: string } = {
      'DB.Local:5432': 'db.local:5432',
      'db.local.:5432': 'db.local:5432',
      'db.local:05432': 'db.local:5432',
      '127.0.0.1:80': '127.0.0.1:80',
      '[::1]:80': '[::1]:80',
      '[0:0:0:0:0:0:0:1]:80': '[::1]:80',
      '[2001:DB8::A]:443': '[2001:db8::a]:443',
      '[::ffff:127.0.0.1]:80': '[::ffff:7f00:1]:80',
      'my_host:1': 'my_host:1',
      'a:65535': 'a:65535',
    };
    for (const [spelled, normal] of Object.entries(forms)) {
      const target = parseTarget(spelled);
      assert.equal(target && formatTarget(target), normal, spelled);
    }
  });

  it('is none without host, without port, or with anything that a resolver or URL could read otherwise', () => {
    const none = [
      ...[
        '',
        ':80',
        'host',
        'host:',
        'host:0',
        'host:65536',
        'host:-1',
        'host:1e3',
        'host: 80',
        'host:80 ',
        'ho st:80',
      ],
      ...['::1:80', '[::1:80', '[]:80', '[::1%eth0]:80', '[:::]:80', '[::g]:80', '[127.0.0.1]:80'],
      ...[
        'user@host:80',
        'host/path:80',
        'host?:80',
        'host#:80',
        'hó:80',
        '.host:80',
        'a..b:80',
        '-a:80',
        '%41:80',
      ],
      ...[`${'a'.repeat(64)}:80`, `${'a.'.repeat(150)}b:80`, 'host\n:80', 'host\u0000:80', '..:80', '.:80'],
    ];
    for (const text of none) assert.equal(parseTarget(text), undefined, JSON.stringify(text));
  });

  it('in normal form is its own normal form', () => {
    const host = fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().map((text) => `[${text}]`),
      fc.string({ maxLength: 20 }),
    );
    const property = fc.property(host, fc.integer({ min: 0, max: 70_000 }), (name, port) => {
      const target = parseTarget(`${name}:${port}`);
      if (!target) return;
      assert.deepEqual(parseTarget(formatTarget(target)), target);
      assert.equal(target.host, target.host.toLowerCase());
      assert.equal(target.port, port);
    });
    fc.assert(property, { seed: 20_270_109, numRuns: 2_000 });
  });
});

describe('a scope', () => {
  it('is one of the five kinds', () => {
    for (const scope of ['terminal', 'files:read', 'files:write', 'web'])
      assert.equal(parseScope(scope), scope);
    assert.equal(parseScope('tcp:LOCALHOST:22'), 'tcp:localhost:22');
  });

  it('is none in any other spelling', () => {
    for (const text of [
      '',
      'Terminal',
      ' terminal',
      'files',
      'files:',
      'files:delete',
      'tcp',
      'tcp:',
      'tcp:22',
      'tcp:*:22',
      'udp:a:1',
      '*',
    ]) {
      assert.equal(parseScope(text), undefined, text);
      assert.equal(scopeSchema.safeParse(text).success, false);
    }
  });

  it('allows itself, and writing files allows reading them; nothing else follows from anything', () => {
    const scopes = ['terminal', 'files:read', 'files:write', 'web', 'tcp:a:1', 'tcp:a:2'] as const;
    for (const given of scopes) {
      for (const wanted of scopes) {
        const expected = given === wanted || (given === 'files:write' && wanted === 'files:read');
        assert.equal(allows([given], wanted), expected, `${given} for ${wanted}`);
      }
    }
    assert.equal(allows([], 'terminal'), false);
    assert.equal(allows(['tcp:a:1'], 'tcp:A:1'), false);
  });

  it('comes in lists of 1 to 64', () => {
    assert.equal(scopesSchema.safeParse([]).success, false);
    assert.equal(scopesSchema.safeParse(Array(64).fill('web')).success, true);
    assert.equal(scopesSchema.safeParse(Array(65).fill('web')).success, false);
    assert.equal(scopesSchema.safeParse([`tcp:${'a'.repeat(300)}:1`]).success, false);
  });
});
