import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { repository, runCommand } from '../stage/index.ts';

describe('npm start -- --tour', { timeout: 280_000 }, () => {
  it('plays the whole story, and every step of it holds', async () => {
    const tour = await runCommand(
      'sh',
      [join(repository, 'scripts/node'), join(repository, 'scripts/start.ts'), '--tour'],
      {
        timeoutMs: 270_000,
      },
    );
    assert.equal(tour.status, 0, `${tour.stdout}\n${tour.stderr}`);
    assert.match(tour.stdout, /\d+ steps held/);
  });
});
