/** `npm start`: the product at work on this machine. `npm start -- --tour`: the whole story, played and checked by itself. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePortFrom } from './stage/ports.ts';
import { repository } from './stage/program.ts';
import { setStage } from './stage/stage.ts';
import { playTour } from './tour/tour.ts';

type Ports = { relay: [number, number]; web: number };
const usual: Ports = { relay: [8443, 8453], web: 8080 };

/** The ports of the last time where they are free, else others, which it says. */
async function choosePorts(file: string): Promise<Ports> {
  const last = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Ports) : usual;
  const first = await freePortFrom(last.relay[0]);
  const second = await freePortFrom(last.relay[1], [first]);
  const web = await freePortFrom(last.web, [first, second]);
  const ports: Ports = { relay: [first, second], web };
  for (const [before, now] of [...last.relay, last.web].map((port, index) => [
    port,
    [first, second, web][index],
  ])) {
    if (before !== now) console.log(`Port ${before} is in use on this machine; taking ${now} instead.`);
  }
  writeFileSync(file, `${JSON.stringify(ports)}\n`, { mode: 0o600 });
  return ports;
}

async function start(): Promise<void> {
  const folder = join(repository, '.sallyport');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const ports = await choosePorts(join(folder, 'ports.json'));
  const stage = await setStage({ folder, relayPorts: ports.relay, webPort: ports.web });
  let ending = false;
  const end = async (status: number): Promise<void> => {
    if (ending) return;
    ending = true;
    await stage.end();
    process.exit(status);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(0));
  try {
    const relay = await stage.startRelay();
    const device = await stage.startDevice();
    await stage.representative('erin@maker.example');
    for (const [name, service] of Object.entries({ relay, device })) {
      service.child.once('exit', () => {
        if (ending) return;
        console.error(`The ${name} has ended by itself. It said:\n${service.said()}`);
        void end(1);
      });
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return end(1);
  }
  console.log(`
Sallyport runs on this machine (data in .sallyport/, Ctrl-C ends it):
  relay            localhost, ports ${ports.relay.join(' and ')}
  device           its page: http://127.0.0.1:${ports.web}/   Remote Support is off, as it should be
  representative   erin@maker.example

In another terminal, in this folder:
  export SALLYPORT_DATA=.sallyport/erin@maker.example
  npx sallyport-device enable --data .sallyport/device --for 1h --allow terminal,files:write,web
  npx sallyport connect PORT          # the port number and the one-time password are those that enable shows
  npx sallyport web PORT              # the device's own page, in your browser
  npx sallyport ssh-config > .sallyport/ssh.config && ssh -F .sallyport/ssh.config PORT.sallyport
  npx sallyport-device disable --data .sallyport/device
`);
}

if (process.argv.includes('--tour')) process.exitCode = await playTour();
else await start();
