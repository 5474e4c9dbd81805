import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Caller } from '../relay/index.ts';
import { makeMaker } from '../testing/maker.ts';
import { datedClock, makeCaller } from '../testing/representative.ts';
import { accountOf, changePassphrase, type Keyring, openIdentity, readPublicIdentity } from './index.ts';

const passphrase = 'seven quiet lighthouses';
let caller: Caller & { remove(): void };
/** What the keyring has. */
const kept = new Map<string, string>();
const keyring: Keyring = {
  read: async (account) => kept.get(account),
  keep: async (account, secret) => kept.set(account, secret).size > 0,
  forget: async (account) => void kept.delete(account),
};
let asked = 0;
const ask = (answer: string) => async (): Promise<string> => {
  asked += 1;
  return answer;
};

before(async () => {
  const now = Date.UTC(2027, 0, 1);
  caller = await makeCaller(await makeMaker(now), datedClock(now), 1);
  await changePassphrase(caller.data, caller.identity.tls.key, passphrase);
});
after(() => caller.remove());

describe('opening a key', () => {
  it('asks once, and then the keyring knows what opens this seal, but not the passphrase', async () => {
    asked = 0;
    for (let i = 0; i < 2; i++) {
      const { tls, key } = await openIdentity(caller.data, { keyring, ask: ask(passphrase) });
      assert.deepEqual([tls.key, key], [caller.identity.tls.key, caller.identity.key]);
    }
    assert.equal(asked, 1);
    const account = accountOf(readPublicIdentity(caller.data));
    assert.deepEqual([...kept.keys()], [account]);
    assert.match(account, /^erin@maker\.example [0-9a-f]{16}$/);
    assert.doesNotMatch(kept.get(account) ?? '', /quiet|PRIVATE/);
  });

  it('asks again when the keyring has something else, or what opened another passphrase', async () => {
    const account = accountOf(readPublicIdentity(caller.data));
    const before = kept.get(account) ?? '';
    await changePassphrase(caller.data, caller.identity.tls.key, `${passphrase}!`);
    for (const wrong of [before, '', 'nonsense', `${before}x`, before.replace(/.(?=:)/, '-')]) {
      kept.set(account, wrong);
      asked = 0;
      await openIdentity(caller.data, { keyring, ask: ask(`${passphrase}!`) });
      assert.equal(asked, 1, wrong);
    }
  });

  it('gives up after three wrong ones, and after one of the environment', async () => {
    asked = 0;
    await assert.rejects(openIdentity(caller.data, { ask: ask('wrong') }), { code: 'passphrase-wrong' });
    assert.equal(asked, 3);
    const given = openIdentity(caller.data, { given: 'wrong', ask: ask(passphrase) });
    await assert.rejects(given, { code: 'passphrase-wrong' });
    assert.equal(asked, 3);
  });
});
