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
});

describe('the kind of an entry', () => {
  it('goes by the name of its event', () => {
    assert.equal(kindOf('session-opened-1'), 'people');
    assert.equal(kindOf('grant-enabled-1'), 'grant');
    assert.equal(kindOf('sign-in-failed-1'), 'administrators');
    assert.equal(kindOf('agent-started-1'), 'device');
    assert.equal(kindOf('what-nobody-knows-7'), 'device');
  });
});
