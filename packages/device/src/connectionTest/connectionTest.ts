import { isIPv6 } from 'node:net';
import { encodeConnection } from '@sallyport/protocol/connectionCode';
import type { Clock } from '@sallyport/protocol/environment';
import { proxyName, type SiteProxy, type Source } from '@sallyport/runtime/dial';
import type { DeviceIdentity } from '../identity/index.ts';
import { lookAtNetwork, type NetworkView, silentNeighbours } from '../network/index.ts';
import { callGateways, findPortal, findWpad } from './around.ts';
import { firewallFacts, firewallText } from './firewall.ts';
import { bestOn, judge, reachedOn, sayJudgement } from './judge.ts';
import { askServers, isName, lookUp } from './names.ts';
import type { ConnectionTest, Step, Way } from './view.ts';
import { type Place, tryWay, tryWebSocket } from './way.ts';

/** So long the kernel has to have asked for a gateway before its silence counts. In milliseconds. */
const gatewayMs = 3_000;
/** The whole test ends by then. In milliseconds. */
const wholeMs = 9_800;

export type TestOptions = {
  readonly id: string;
  readonly identity: DeviceIdentity;
  readonly clock: Clock;
  /** By what to judge the relay's certificate; null leaves its dates out. */
  readonly now: () => number | null;
  readonly atLeast: number;
  /** What the device is set to go through; the direct ways are tried all the same. */
  readonly proxy: SiteProxy | undefined;
  /** What it is set to go out from. @throws source-interface-unusable */
  readonly source: () => Source | undefined;
  /** The one outbound port that is set. All are tried all the same. */
  readonly onlyPort: number | undefined;
  /** Tests that were done before, the newest first. */
  readonly history: readonly ConnectionTest[];
  readonly signal: AbortSignal;
  /** Called whenever something more is known. */
  readonly tell: (test: ConnectionTest) => void;
};

/**
 * Tries every way to the relay at once, ten seconds at most: each of its ports over IPv4 and IPv6, from the name to the
 * WebSocket; and looks at the network besides, to say what is wrong where none leads there. Changes nothing.
 *
 * @throws the signal's reason
 */
export async function testConnection(options: TestOptions): Promise<ConnectionTest> {
  const { identity, clock, signal, history } = options;
  const { host, ports } = identity;
  const begin = clock.monotonicMs();
  const startedAt = new Date(clock.wallMs()).toISOString();
  const ways: Way[] = [];
  const servers: ConnectionTest['servers'] = [];
  let name: ConnectionTest['name'] = null;
  let addresses: readonly string[] = [];
  let clockOffMs: number | null = null;
  const ms = (): number => Math.round(clock.monotonicMs() - begin);

  const sofar = (): ConnectionTest => ({
    id: options.id,
    startedAt,
    running: true,
    ms: ms(),
    host,
    name,
    addresses: [...addresses],
    servers: structuredClone(servers),
    ways: structuredClone(ways),
    ports: ports.map((port) =>
      viewPort(
        port,
        ways.filter((way) => (way.proxy === true) === (options.proxy !== undefined)),
        history,
      ),
    ),
    clockOffMs,
    verdict: null,
    advice: [],
    code: null,
    firewall: null,
  });
  const tell = (): void => options.tell(sofar());

  const whole = new AbortController();
  const timer = clock.after(wholeMs, () => whole.abort());
  const within = AbortSignal.any([signal, whole.signal]);
  const tryOptions = { ...options, signal: within };
  tell();

  const looking = lookAtNetwork().then((view) => {
    callGateways(view.gateways);
    return { view, calledAtMs: clock.monotonicMs() };
  });
  const asking = isName(host)
    ? askServers(host, clock, (answer) => {
        servers.push(answer);
        tell();
      })
    : Promise.resolve([]);
  try {
    addresses = await lookUp(host, clock, within).catch(() => {
      signal.throwIfAborted();
      return [];
    });
    name = { ok: addresses.length > 0, ms: ms() };
    tell();

    const places = placesOf(addresses, ports, options.proxy);
    const firstGood = new Map<number, Way>();
    await Promise.all(
      places.map(async (place) => {
        const way: Way = { ...place, steps: [] };
        ways.push(way);
        const trying = tryWay(place, tryOptions, {
          step: (step) => {
            way.steps.push(step);
            tell();
          },
          smallPasses: (passes) => {
            way.smallPasses = passes;
          },
          time: (aheadMs) => {
            clockOffMs = aheadMs;
          },
        });
        await trying.catch(() => signal.throwIfAborted());
        const taken = (way.proxy === true) === (options.proxy !== undefined);
        if (taken && !firstGood.has(way.port) && way.steps.some(({ step, ok }) => step === 'health' && ok)) {
          firstGood.set(way.port, way);
        }
      }),
    );
    // One after the other: the relay takes few tunnels of one device at a time, and one of them may stand.
    for (const way of firstGood.values()) {
      const done = tryWebSocket(way, tryOptions, (step: Step) => {
        way.steps.push(step);
        tell();
      });
      await done.catch(() => signal.throwIfAborted());
    }
    await asking;
    const reached = ways.some(({ steps }) => steps.some(({ step, ok }) => step === 'tls' && ok));
    const { view: network, calledAtMs } = await looking;
    const [portal, silent, wpad] = reached
      ? [null, [], null]
      : await Promise.all([
          askPortal(addresses, options, within),
          askSilent(network, calledAtMs + gatewayMs, clock, within),
          options.proxy ? null : findWpad(addresses, clock),
        ]);
    signal.throwIfAborted();

    const known = history.find(({ verdict }) => verdict?.code === 'reachable')?.addresses ?? [];
    const found = { host, addresses, servers, ways, clockOffMs, ports, network, silent, portal, known, wpad };
    const proxy = options.proxy && proxyName(options.proxy);
    const judgement = judge({ ...found, addresses: [...addresses], onlyPort: options.onlyPort, proxy });
    const code = encodeConnection({
      verdict: judgement.verdict.code,
      ports: sofar().ports.map(({ reached: far }) => far),
      advice: judgement.advice.map((one) => one.code),
    });
    const facts = firewallFacts({ host, addresses, ports, network, proxy });
    const allow = { firewall: firewallText(facts), firewallFacts: facts };
    return { ...sofar(), running: false, ...sayJudgement(judgement, host), code, ...allow };
  } finally {
    timer.cancel();
  }
}

/** Each port at the first address of each family, and through the proxy. */
function placesOf(
  addresses: readonly string[],
  ports: readonly number[],
  proxy: SiteProxy | undefined,
): Place[] {
  const firsts = ([4, 6] as const).flatMap((family) => {
    const address = addresses.find((one) => one.includes(':') === (family === 6));
    return address === undefined ? [] : [{ family, address }];
  });
  const proxied = proxy
    ? [{ family: isIPv6(proxy.host) ? (6 as const) : (4 as const), address: proxyName(proxy), proxy: true }]
    : [];
  return ports.flatMap((port) => [...firsts, ...proxied].map((first) => ({ port, ...first })));
}

function viewPort(
  port: number,
  ways: readonly Way[],
  history: readonly ConnectionTest[],
): ConnectionTest['ports'][number] {
  const best = bestOn(port, ways);
  const worked = history.find(({ ports }) =>
    ports.some((earlier) => earlier.port === port && earlier.reached === 'websocket'),
  );
  return {
    port,
    reached: reachedOn(port, ways),
    ms: best?.steps.reduce((sum, step) => sum + step.ms, 0) ?? 0,
    problem: best?.steps.at(-1)?.problem ?? null,
    ...(worked === undefined ? {} : { workedAt: worked.startedAt }),
  };
}

async function askPortal(
  addresses: readonly string[],
  { identity, clock }: TestOptions,
  signal: AbortSignal,
): Promise<string | null> {
  const address = addresses.find((one) => !one.includes(':'));
  return address === undefined ? null : findPortal(address, identity.host, clock, signal);
}

/** Which gateways have not answered, at `atMs` or when the test has to end. */
async function askSilent(
  network: NetworkView,
  atMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<{ interface: string; address: string }[]> {
  if (network.gateways.length === 0) return [];
  const leftMs = atMs - clock.monotonicMs();
  if (leftMs > 0 && !signal.aborted) {
    await new Promise<void>((resolve) => {
      const timer = clock.after(leftMs, resolve);
      signal.addEventListener('abort', () => {
        timer.cancel();
        resolve();
      });
    });
  }
  return silentNeighbours();
}
