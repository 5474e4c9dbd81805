import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { mustBeRecipients } from './recipients.ts';

describe('the recipients of recordings', () => {
  it('are refused where a letter is wrong, before anything would stay unencrypted', async () => {
    const right = await identityToRecipient(await generateIdentity());
    await mustBeRecipients([right], 'config.yaml');
    await mustBeRecipients([], 'config.yaml');
    const last = right.endsWith('q') ? 'p' : 'q';
    await assert.rejects(mustBeRecipients([right, right.slice(0, -1) + last], 'config.yaml'), {
      code: 'config-value-invalid',
      message: /recordings\.recipients.*age1.*no recipient of age/,
    });
  });
});
