import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { machineLacks } from '../../scripts/checks/machine.ts';
import { mustRun, repository } from '../stage/index.ts';

const module = join(repository, 'scripts/checks/machine.ts');
const program = `import { machineLacks } from ${JSON.stringify(module)};
  console.log(JSON.stringify(await machineLacks()));`;

/** What is lacking where a program is started by `prefix`. */
const lackingUnder = async (...prefix: [string, ...string[]]): Promise<string> => {
  const [command, ...args] = [...prefix, process.execPath, '--input-type=module', '-e', program];
  return mustRun(command, args);
};

describe('what the tests need of the machine', () => {
  it('is all here', async () => {
    assert.deepEqual(await machineLacks(), []);
  });

  it('is said where root is not there', async () => {
    const said = await lackingUnder('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups');
    assert.match(said, /^\["This machine does not give root \(/);
  });

  it('is said in a container that may make no networks and mounts', async () => {
    const without = '-sys_admin,-net_admin';
    const said = await lackingUnder('setpriv', `--bounding-set=${without}`, `--inh-caps=${without}`);
    for (const name of ['network namespaces', '/dev/net/tun', 'nftables', 'tc', 'mounts'])
      assert.ok(said.includes(`does not give ${name} `), said);
  });

  it('is said where the loopback has no ::1', async () => {
    assert.match(await lackingUnder('unshare', '--net'), /does not give the address ::1/);
  });
});
