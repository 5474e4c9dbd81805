import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kindOf, piecesOf } from './sentence.ts';

describe('the sentence of an entry', () => {
  it('keeps what others chose apart from its own words', () => {
    assert.deepEqual(
      piecesOf('{name} came, {scopes}.', { name: '<b>{scopes}</b>', scopes: ['web', 'terminal'] }),
      [{ foreign: '<b>{scopes}</b>' }, { own: ' came, ' }, { foreign: 'web, terminal' }, { own: '.' }],
    );
  });

  it('does without a field that is missing, and takes none from elsewhere', () => {
    assert.deepEqual(piecesOf('{a}{constructor} x', {}), [{ own: ' x' }]);
  });

  it('says a value in words of its own where it has some', () => {
    const values = { signed: { both: 'signed by both' } };
    assert.deepEqual(piecesOf('Receipt {signed}', { signed: 'both' }, values), [
      { own: 'Receipt ' },
      { own: 'signed by both' },
    ]);
    for (const signed of ['nobody', 'constructor']) {
      assert.deepEqual(piecesOf('{signed}', { signed }, values), [{ foreign: signed }]);
    }
  });
});

describe('the kind of an entry', () => {
  it('goes by the name of its event', () => {
    assert.equal(kindOf('session-opened-1'), 'people');
    for (const event of ['ask-made-1', 'terminal-watched-1', 'receipt-signed-1', 'recording-failed-1']) {
      assert.equal(kindOf(event), 'people');
    }
    assert.equal(kindOf('grant-enabled-1'), 'grant');
    assert.equal(kindOf('sign-in-failed-1'), 'administrators');
    assert.equal(kindOf('agent-started-1'), 'device');
    assert.equal(kindOf('what-nobody-knows-7'), 'device');
  });
});
