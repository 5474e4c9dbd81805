/**
 * `npm start`: the product at work on this machine. `npm start -- --tour`: the whole story, played and checked by itself.
 * `--folder DIR` keeps the data there instead of in `.sallyport/`.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPrograms } from './build/programs.ts';
import { buildUi } from './build/ui.ts';
import { freePortFrom } from './stage/ports.ts';
import { repository, type Service } from './stage/program.ts';
import { type Stage, setStage } from './stage/stage.ts';
import { playTour } from './tour/tour.ts';

type Ports = { relay: [number, number]; web: number };
const usual: Ports = { relay: [8443, 8453], web: 8080 };
const representative = 'erin@maker.example';

/** The ports of the last time where they are free, else others, which it says. */
async function choosePorts(file: string): Promise<Ports> {
  const last = readPorts(file);
  const first = await freePortFrom(last.relay[0]);
  const second = await freePortFrom(last.relay[1], [first]);
  const web = await freePortFrom(last.web, [first, second]);
  for (const [before, now] of [
    [last.relay[0], first],
    [last.relay[1], second],
    [last.web, web],
  ]) {
    if (before !== now) console.log(`Port ${before} is in use on this machine; taking ${now} instead.`);
  }
  const ports: Ports = { relay: [first, second], web };
  writeFileSync(file, `${JSON.stringify(ports)}\n`, { mode: 0o600 });
  return ports;
}

function readPorts(file: string): Ports {
  try {
    const { relay, web } = JSON.parse(readFileSync(file, 'utf8')) as Ports;
    return [...relay, web].every((port) => port > 0 && port < 65_000) ? { relay, web } : usual;
  } catch {
    return usual; // The first time; or somebody wrote into it.
  }
}

/** Whether a device agent answers in this folder: `npm start` runs there already. */
function runsAlready(folder: string): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(join(folder, 'device/agent.sock'));
    socket.once('error', () => answer(false));
    socket.once('connect', () => {
      socket.destroy();
      answer(true);
    });
  });
}

async function start(folder: string): Promise<void> {
  const shown = shownPath(folder);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (await runsAlready(folder)) {
    console.error(
      `Sallyport runs already with the data in ${shown}: use that, or end it first (Ctrl-C there).`,
    );
    process.exitCode = 1;
    return;
  }
  let stage: Stage | undefined;
  let ending = false;
  const end = async (status: number): Promise<void> => {
    if (ending) return;
    ending = true;
    await stage?.end();
    process.exit(status);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end(0));
  try {
    const known = existsSync(join(folder, 'relay'));
    const ports = await choosePorts(join(folder, 'ports.json'));
    stage = await setStage({ folder, relayPorts: ports.relay, webPort: ports.web, ownGroup: true });
    const relay = await stage.startRelay();
    const device = await stage.startDevice();
    const data = await stage.representative(representative);
    for (const [name, service] of [
      ['relay', relay],
      ['device', device],
    ] as const) {
      service.child.once('exit', () => void (ending || end(tellEnd(name, service))));
    }
    if (!ending) tell({ shown, ports, data: shownPath(data), known, setUp: setUpAddress(device) });
  } catch (error) {
    if (ending) return; // The programs were ended while they started.
    console.error(error instanceof Error ? error.message : error);
    console.error(`To begin anew, remove ${shown} and call npm start again.`);
    await end(1);
  }
}

function tellEnd(name: string, service: Service): 1 {
  console.error(`The ${name} has ended by itself. It said:\n${service.said()}`);
  return 1;
}

/** Where the first administrator is made; undefined when there is one. */
const setUpAddress = (device: Service): string | undefined =>
  /^ *(http\S+\/set-up#\S+)$/m.exec(device.said())?.[1];

function tell(made: {
  shown: string;
  ports: Ports;
  data: string;
  known: boolean;
  setUp: string | undefined;
}): void {
  const { shown, ports, data, known, setUp } = made;
  const page = setUp ?? `http://127.0.0.1:${ports.web}/`;
  const device = `--data ${shown}/device`;
  console.log(`
Sallyport runs on this machine (data in ${shown}/${known ? ', as the last time' : ''}; Ctrl-C ends it):
  relay            localhost, ports ${ports.relay.join(' and ')}
  device           its web interface: ${page}${setUp === undefined ? '' : '\n                   (there you make the first administrator)'}
                   Remote Support is off, as it should be
  representative   ${representative}

In another terminal, in the folder of the repository:
  npx sallyport-device enable ${device} --for 1h --allow terminal,files:write,web
  export SALLYPORT_DATA=${data} PORT=40123     # the port number that enable shows
  npx sallyport connect $PORT         # a terminal; asks for the one-time password, once
  npx sallyport web $PORT             # the device's own web interface, in your browser
  npx sallyport ssh-config > ${shown}/ssh.config; ssh -F ${shown}/ssh.config $PORT.sallyport
  npx sallyport-device disable ${device}
`);
}

/** As it is written on a command line in the repository's folder. */
function shownPath(path: string): string {
  const inside = relative(repository, path);
  return inside.startsWith('..') ? path : inside;
}

const { values } = parseArgs({ options: { tour: { type: 'boolean' }, folder: { type: 'string' } } });
// npm runs this in the repository's folder, and tells where it was called.
const here = process.env['INIT_CWD'] ?? process.cwd();
await buildPrograms();
if (await buildUi('device-ui')) console.log('The web interface was built.');
if (values.tour) process.exitCode = await playTour();
else await start(values.folder === undefined ? join(repository, '.sallyport') : resolve(here, values.folder));
