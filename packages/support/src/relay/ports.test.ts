import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { relayPorts } from './ports.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-ports-'));
after(() => rmSync(folder, { recursive: true }));
const invited = [443, 22];

describe('the ports on which the relay is looked for', () => {
  it('are those of the invitation where nothing is set', async () => {
    assert.equal(await relayPorts(folder, invited, {}), invited);
  });

  it('are those of the environment, and of config.yaml', async () => {
    const env = { SALLYPORT_RELAY_PORTS: '8444' };
    assert.deepEqual(await relayPorts(folder, invited, env), [8444]);
    writeFileSync(join(folder, 'config.yaml'), 'relay-ports: [8444, 8454]\n');
    assert.deepEqual(await relayPorts(folder, invited, {}), [8444, 8454]);
    assert.deepEqual(await relayPorts(folder, invited, env), [8444]);
    writeFileSync(join(folder, 'config.yaml'), '# nothing yet\n');
    assert.deepEqual(await relayPorts(folder, invited, {}), invited);
  });

  it('are refused with the name of the neighbour where a setting is misspelt', async () => {
    writeFileSync(join(folder, 'config.yaml'), 'relay-port: [8444]\n');
    await assert.rejects(relayPorts(folder, invited, {}), {
      code: 'config-key-unknown',
      message: /line 1: there is no setting "relay-port"/,
    });
  });
});
