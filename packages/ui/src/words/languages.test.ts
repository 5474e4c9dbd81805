import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chooseLanguage, regionOf } from './languages.ts';

describe('the language', () => {
  it('is the one that was chosen', () => assert.equal(chooseLanguage('de', ['en-GB']), 'de'));
  it("is else the first of the visitor's that there is", () =>
    assert.equal(chooseLanguage(null, ['fr-CH', 'de-CH', 'en']), 'de'));
  it('is else English', () => assert.equal(chooseLanguage('constructor', ['fr']), 'en'));
});

describe('the region', () => {
  it("is the visitor's own where they speak that language", () => {
    assert.equal(regionOf('en', ['de-AT', 'en-GB']), 'en-GB');
    assert.equal(regionOf('de', ['en-GB']), 'de');
  });
});
