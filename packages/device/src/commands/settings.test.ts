import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadAgentConfig } from './config.ts';
import { relayPortsOf } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-settings-'));
after(() => rmSync(folder, { recursive: true }));
const write = (text: string): void => writeFileSync(join(folder, 'config.yaml'), text);

describe('the settings of the device', () => {
  it('name the ports of a relay that moved, for serve and for every other command', () => {
    write('relay-ports: [8444, 8454]\n');
    assert.deepEqual(relayPortsOf(folder), [8444, 8454]);
    assert.deepEqual(loadAgentConfig(folder, {}).relayPorts, [8444, 8454]);
    assert.deepEqual(loadAgentConfig(folder, { relayPorts: '443,22' }).relayPorts, [443, 22]);
    write('');
    assert.equal(relayPortsOf(folder), undefined);
  });

  for (const [key, text, reason] of [
    ['outbound-port', 'http', /give a port from 1 to 65535, or automatic/],
    ['relay-ports', '[0]', />=1/],
    ['relay-ports', '[]', /items/],
    ['file-roots', '[srv]', /name whole paths/],
    ['web-target', '"8080"', /write it as HOST:PORT/],
  ] as const) {
    it(`say what is wrong with ${key}: ${text}`, () => {
      write(`${key}: ${text}\n`);
      assert.throws(() => loadAgentConfig(folder, {}), { code: 'config-value-invalid', message: reason });
    });
  }
});
