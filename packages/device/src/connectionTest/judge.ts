import {
  type AdviceCode,
  advices,
  fillSentence,
  type PortStep,
  portSteps,
  type VerdictCode,
  verdicts,
} from '@sallyport/protocol/connectionCode';
import type { NetworkView } from '../network/index.ts';
import { describeOff } from '../tunnel/index.ts';
import { isGlobal } from './address.ts';
import type { ConnectionTest, Step, Way } from './view.ts';

/** All that a test found out. */
export type Findings = Pick<ConnectionTest, 'host' | 'addresses' | 'servers' | 'ways' | 'clockOffMs'> & {
  /** All that were tried. */
  readonly ports: readonly number[];
  readonly network: Pick<NetworkView, 'interfaces' | 'gateways' | 'offered' | 'dns'>;
  /** Neighbours that did not answer. */
  readonly silent: readonly { readonly interface: string; readonly address: string }[];
  /** Where a captive portal sends browsers; empty if it only says that it is one. */
  readonly portal: string | null;
  /** Where the relay was when it was reached last. */
  readonly known: readonly string[];
  /** The proxy that is set. */
  readonly proxy: string | undefined;
  /** Where the network tells of a proxy, if it does. */
  readonly wpad: string | null;
  /** The one port that is set. */
  readonly onlyPort: number | undefined;
};

type Details = { readonly [name: string]: string | number | boolean };
export type Judgement = {
  readonly verdict: { readonly code: VerdictCode; readonly details: Details };
  readonly advice: readonly { readonly code: AdviceCode; readonly details: Details }[];
};

const clockToleratedMs = 60_000;

const stepOf = ({ steps }: Way, name: Step['step']): Step | undefined =>
  steps.find(({ step }) => step === name);
const isOk = (way: Way, name: Step['step']): boolean => stepOf(way, name)?.ok === true;
const codeAt = (way: Way, name: Step['step']): string | undefined => stepOf(way, name)?.problem?.code;

/** How far one way leads. */
export function reachedBy(way: Way): PortStep {
  if (isOk(way, 'websocket')) return 'websocket';
  if (isOk(way, 'health')) return 'health';
  if (isOk(way, 'tls')) return 'tls';
  if (codeAt(way, 'tls') === 'relay-not-ours') return 'stranger';
  if (isOk(way, 'tcp')) return 'tcp';
  const failed = codeAt(way, 'tcp');
  if (failed === undefined) return 'not-tried';
  return failed === 'relay-no-answer' ? 'silent' : 'refused';
}

/** The way on this port that leads farthest. One over a family of addresses that has no route counts only alone. */
export function bestOn(port: number, ways: readonly Way[]): Way | undefined {
  const own = ways.filter((way) => way.port === port);
  const rank = (way: Way): number =>
    codeAt(way, 'tcp') === 'relay-no-route' ? -1 : portSteps.indexOf(reachedBy(way));
  return own.toSorted((one, two) => rank(two) - rank(one))[0];
}

/** How far the best way on this port leads. */
export function reachedOn(port: number, ways: readonly Way[]): PortStep {
  const best = bestOn(port, ways);
  return best ? reachedBy(best) : 'not-tried';
}

/** What the findings of a test mean: one verdict, and the advice that fits, the most telling first. Pure. */
export function judge(all: Findings): Judgement {
  const byProxy = all.proxy !== undefined;
  // What counts is the way that the device takes.
  const findings = { ...all, ways: all.ways.filter((way) => (way.proxy === true) === byProxy) };
  const verdict = verdictOf(findings);
  const advice = byProxy ? adviceOnProxy(findings, all, verdict.code) : adviceOn(findings, verdict.code);
  return { verdict, advice };
}

const proxyCodes: { readonly [problem: string]: AdviceCode } = {
  'proxy-unreachable': 'proxy-unreachable',
  'proxy-password': 'proxy-password',
  'proxy-refused': 'proxy-refuses',
  'proxy-failed': 'proxy-refuses',
};
const proxyProblem = (ways: readonly Way[]): Step['problem'] =>
  ways.map((way) => stepOf(way, 'tcp')?.problem ?? null).find((one) => one && one.code in proxyCodes) ?? null;

/** Where the device goes by a proxy, the network between both is seldom what is wrong, unless the proxy is not reached. */
function adviceOnProxy(findings: Findings, all: Findings, verdict: VerdictCode): Judgement['advice'] {
  const problem = proxyProblem(findings.ways);
  const code = problem ? proxyCodes[problem.code] : undefined;
  const rest = adviceOn(findings, verdict).filter(
    (one) => code === undefined || code === 'proxy-unreachable' || one.code === 'clock-wrong',
  );
  const direct = all.ways.filter((way) => !way.proxy);
  const works = all.ports.filter((port) => reachedOn(port, direct) === 'health').join(', ');
  return [
    ...(problem && code ? [{ code, details: { proxy: all.proxy ?? '', ...problem.details } }] : []),
    ...(verdict !== 'reachable' && works !== ''
      ? [{ code: 'proxy-needless' as const, details: { ports: works } }]
      : []),
    ...rest,
  ];
}

const sourceProblem = (ways: readonly Way[]): Step['problem'] =>
  ways
    .map((way) => stepOf(way, 'tcp')?.problem ?? null)
    .find((one) => one?.code === 'source-interface-unusable') ?? null;

const portsWhere = ({ ports, ways }: Findings, step: PortStep): string =>
  ports.filter((port) => reachedOn(port, ways) === step).join(', ');

function verdictOf(findings: Findings): Judgement['verdict'] {
  const { host, ways, network, addresses } = findings;
  const good = portsWhere(findings, 'websocket');
  if (good !== '') return { code: 'reachable', details: { host, ports: good } };
  const unwell = ways.find((way) => isOk(way, 'tls'));
  if (unwell) return { code: 'ends-at-relay', details: { host, reason: lastProblem(unwell)?.text ?? '' } };
  const atProxy = proxyProblem(ways);
  if (atProxy) return { code: 'ends-at-proxy', details: { reason: atProxy.text } };
  const usable = network.interfaces.some(({ link, addresses: own }) => link && own.length > 0);
  if (network.interfaces.length > 0 && !usable) return { code: 'no-network', details: {} };
  if (addresses.length === 0 && findings.proxy === undefined)
    return { code: 'ends-at-name', details: { host } };
  const stranger = ways.find((way) => reachedBy(way) === 'stranger');
  if (stranger) {
    const reason = lastProblem(stranger)?.details['reason'] ?? '';
    return { code: 'ends-at-stranger', details: { host, reason } };
  }
  if (ways.some((way) => isOk(way, 'tcp'))) return { code: 'ends-at-tls', details: { host } };
  const refused = findings.ports.filter((port) =>
    ways.some((way) => way.port === port && codeAt(way, 'tcp') === 'relay-refused'),
  );
  if (refused.length > 0) return { code: 'ends-at-refusal', details: { host, ports: refused.join(', ') } };
  const silent = portsWhere(findings, 'silent');
  if (silent !== '') return { code: 'ends-at-silence', details: { host, ports: silent } };
  return { code: 'ends-at-route', details: { host } };
}

const lastProblem = ({ steps }: Way): Step['problem'] => steps.at(-1)?.problem ?? null;

/** Each piece of advice that fits; the order is that of cause and effect: what is nearer to the device first. */
function adviceOn(findings: Findings, verdict: VerdictCode): Judgement['advice'] {
  const found: { code: AdviceCode; details: Details }[] = [];
  const add = (code: AdviceCode, details: Details = {}): void => void found.push({ code, details });
  const has = (...codes: AdviceCode[]): boolean => found.some(({ code }) => codes.includes(code));
  const reached = verdict === 'reachable' || verdict === 'ends-at-relay';
  adviceOnNetwork(findings, reached, add);
  const unusable = sourceProblem(findings.ways);
  if (unusable) add('source-unusable', unusable.details);
  const local = has(
    'source-unusable',
    'link-missing',
    'address-link-local',
    'gateway-missing',
    'gateway-silent',
  );
  if (!local) adviceOnNames(findings, reached, add);
  const { clockOffMs, portal, ways, network, ports, onlyPort } = findings;
  if (clockOffMs !== null && Math.abs(clockOffMs) >= clockToleratedMs) {
    add('clock-wrong', { off: describeOff(clockOffMs) });
  }
  if (!reached && findings.wpad !== null) add('proxy-needed', { address: findings.wpad });
  if (!reached && !local) {
    if (portal !== null) add('captive-portal', { location: portal === '' ? '' : `: ${portal}` });
    else adviceOnTls(findings, add);
  }
  const sixth = ways.filter(({ family }) => family === 6);
  const hasSix = network.interfaces.some(({ addresses }) =>
    addresses.some(({ family, address }) => family === 6 && !/^fe80:/i.test(address)),
  );
  const nowhere = ['relay-no-answer', 'relay-no-route'];
  if (hasSix && sixth.length > 0 && sixth.every((way) => nowhere.includes(codeAt(way, 'tcp') ?? ''))) {
    add('ipv6-nowhere');
  }
  if (!reached && !local && !has('dns-wrong', 'captive-portal')) {
    const swallowed = portsWhere(findings, 'silent');
    if (swallowed !== '') add('firewall-swallows', { ports: swallowed });
    const refused = ports.filter((port) =>
      ways.some((way) => way.port === port && codeAt(way, 'tcp') === 'relay-refused'),
    );
    if (refused.length > 0) add('firewall-refuses', { ports: refused.join(', ') });
  }
  if (onlyPort !== undefined && verdict === 'reachable' && reachedOn(onlyPort, ways) !== 'websocket') {
    add('other-port-works', { port: onlyPort, ports: portsWhere(findings, 'websocket') });
  }
  if (verdict === 'ends-at-relay') {
    const way = ways.find((one) => isOk(one, 'tls'));
    const problem = way && lastProblem(way);
    if (problem) add('device-refused', { reason: problem.text });
  }
  return found;
}

type Add = (code: AdviceCode, details?: Details) => void;

function adviceOnNetwork({ network, silent }: Findings, reached: boolean, add: Add): void {
  const { interfaces, gateways, offered } = network;
  const first = gateways.filter(({ family }) => family === 4);
  const ways = new Set(first.map((gateway) => `${gateway.interface} ${gateway.address}`));
  const together = new Set(first.map(({ metric }) => metric)).size < first.length;
  const tellSeveral = (): void => {
    if (ways.size < 2 || (reached && !together)) return;
    add('gateways-several', {
      gateways: first.map(({ address, interface: name }) => `${address || 'none'} on ${name}`).join(', '),
    });
  };
  if (reached) {
    tellSeveral();
    return;
  }
  if (interfaces.length > 0 && !interfaces.some(({ link }) => link)) {
    add('link-missing');
    return;
  }
  for (const { name, link, addresses } of interfaces) {
    const own = addresses.filter(({ family }) => family === 4);
    if (!link || own.length === 0 || !own.every(({ address }) => address.startsWith('169.254.'))) continue;
    add('address-link-local', { interface: name, address: own[0]?.address ?? '' });
    break;
  }
  for (const { gateway, interface: name } of offered) {
    if (gateways.some(({ address }) => address === gateway)) continue;
    add('gateway-unused', { interface: name, gateway });
    break;
  }
  if (interfaces.length > 0 && gateways.length === 0) add('gateway-missing');
  for (const gateway of first) {
    if (
      !silent.some(
        ({ interface: name, address }) => name === gateway.interface && address === gateway.address,
      )
    )
      continue;
    add('gateway-silent', { gateway: gateway.address, interface: gateway.interface });
  }
  tellSeveral();
}

function adviceOnNames(findings: Findings, reached: boolean, add: Add): void {
  const { host, servers, network, addresses, known } = findings;
  const silent = servers.filter(({ outcome }) => outcome === 'silent').map(({ address }) => address);
  if (silent.length > 0) add('dns-silent', { servers: silent.join(', ') });
  if (reached) return;
  if (addresses.length === 0) {
    if (findings.proxy !== undefined) return;
    if (network.dns.length === 0) add('dns-missing');
    const unknowing = servers.filter(({ outcome }) => outcome === 'unknown').map(({ address }) => address);
    if (unknowing.length > 0) add('dns-unknown', { servers: unknowing.join(', '), host });
    return;
  }
  const answers = [...new Set(servers.flatMap((server) => server.addresses))];
  const elsewhere =
    known.length > 0 ? answers.every((one) => !known.includes(one)) : answers.every((one) => !isGlobal(one));
  if (answers.length > 0 && elsewhere) add('dns-wrong', { addresses: answers.join(', '), host });
}

function adviceOnTls({ host, ways }: Findings, add: Add): void {
  const shown = ways.find((way) => reachedBy(way) === 'stranger' && !isOtherProtocol(way));
  if (shown) {
    const reason = String(stepOf(shown, 'tls')?.problem?.details['reason'] ?? '');
    add('tls-inspected', { host, reason });
  } else if (ways.some(({ smallPasses }) => smallPasses === true)) add('mtu-small', { host });
  else if (ways.some((way) => isOk(way, 'tcp'))) add('tls-cut', { host });
}

/** Whether what answered showed no certificate at all. */
const isOtherProtocol = (way: Way): boolean =>
  /does not speak TLS|broke off the handshake|showed no certificate/.test(
    String(stepOf(way, 'tls')?.problem?.details['reason'] ?? ''),
  );

/** The sentences of a judgement, with their details. */
export function sayJudgement(
  { verdict, advice }: Judgement,
  host: string,
): Pick<ConnectionTest, 'verdict' | 'advice'> {
  return {
    verdict: {
      code: verdict.code,
      text: fillSentence(verdicts[verdict.code].text, verdict.details),
      details: { ...verdict.details },
    },
    advice: advice.map(({ code, details }) => ({
      code,
      text: fillSentence(advices[code].text, details),
      next: fillSentence(advices[code].next, { host }),
      details: { ...details },
    })),
  };
}
