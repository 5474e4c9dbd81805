/** One outcome of a connection test, or one piece of advice. */
export type FindingRow = {
  /** Its place in the code of eight characters: never changed, never given to another row. */
  readonly number: number;
  /** A sentence. `{name}` is replaced by the detail of that name. */
  readonly text: string;
  /** The same for whoever has no details, as who was read the code on the telephone. */
  readonly brief: string;
};
export type AdviceRow = FindingRow & {
  /** What to do next. Sentences, with `{host}` for the relay. */
  readonly next: string;
};

/** How a connection test ends: in one of these. Numbers from 0 to 15. */
export const verdicts = {
  reachable: {
    number: 0,
    text: 'Remote Support can reach {host} by port {ports}.',
    brief: 'The relay can be reached.',
  },
  'no-network': {
    number: 1,
    text: 'Remote Support cannot be reached: no network port of this device has a link and an address.',
    brief: 'The relay is not reached: no network port of the device has a link and an address.',
  },
  'ends-at-name': {
    number: 2,
    text: 'Remote Support cannot be reached: it ends at the name {host}, for which no address is found.',
    brief: 'The relay is not reached: the device finds no address for its name.',
  },
  'ends-at-route': {
    number: 3,
    text: 'Remote Support cannot be reached: no way leads from this device to {host}.',
    brief: 'The relay is not reached: no way leads there from the device.',
  },
  'ends-at-silence': {
    number: 4,
    text: 'Remote Support cannot be reached: nothing on the way to {host} answers, on port {ports}.',
    brief: 'The relay is not reached: nothing answers on any port.',
  },
  'ends-at-refusal': {
    number: 5,
    text: 'Remote Support cannot be reached: connections to {host} are refused, on port {ports}.',
    brief: 'The relay is not reached: connections are refused.',
  },
  'ends-at-tls': {
    number: 6,
    text: 'Remote Support cannot be reached: connections to {host} are made, but no encrypted one comes about.',
    brief: 'The relay is not reached: connections are made, but no encrypted one comes about.',
  },
  'ends-at-stranger': {
    number: 7,
    text: 'Remote Support cannot be reached: somebody else answers for {host}: {reason}.',
    brief: 'The relay is not reached: somebody else answers in its place.',
  },
  'ends-at-relay': {
    number: 8,
    text: 'Remote Support cannot be used: the relay {host} is reached, but does not take this device: {reason}',
    brief: 'The relay is reached, but does not take the device.',
  },
  'ends-at-proxy': {
    number: 9,
    text: 'Remote Support cannot be reached: it ends at the proxy. {reason}',
    brief: 'The relay is not reached: it ends at the proxy.',
  },
} as const satisfies { readonly [code: string]: FindingRow };
export type VerdictCode = keyof typeof verdicts;

/** What may be wrong, and what to do about it: the most telling first. Numbers from 1 to 31. */
export const advices = {
  'link-missing': {
    number: 1,
    text: 'No network port of this device has a link.',
    brief: 'No network port has a link.',
    next: 'Check the cable, and the switch at its other end.',
  },
  'address-link-local': {
    number: 2,
    text: '{interface} has only the address {address}, which devices give themselves when no DHCP server answers.',
    brief: 'A network port has only an address in 169.254/16: no DHCP server answered.',
    next: 'Check that the cable leads to the right network, and its DHCP server; or set the address by hand.',
  },
  'gateway-missing': {
    number: 3,
    text: 'This device has no default gateway: it knows no way out of its own network.',
    brief: 'There is no default gateway.',
    next: 'Enter the address of the router as gateway, or let the DHCP server tell it.',
  },
  'gateway-silent': {
    number: 4,
    text: 'The default gateway {gateway} on {interface} does not answer.',
    brief: 'A default gateway does not answer.',
    next: 'Check that the router is on, that the cable leads to its network, and that the address is right.',
  },
  'gateways-several': {
    number: 5,
    text: 'This device has more than one default gateway: {gateways}. Only the first is used.',
    brief: 'There is more than one default gateway.',
    next: 'Keep the one that leads to the internet, and take the others away.',
  },
  'gateway-unused': {
    number: 6,
    text: 'The DHCP server on {interface} offers the gateway {gateway}, which this device does not use.',
    brief: 'A DHCP server offers a gateway that is not used.',
    next: 'If that network leads to the internet, let this device use its gateway.',
  },
  'dns-missing': {
    number: 7,
    text: 'This device has no DNS server: it cannot find the address of any name.',
    brief: 'There is no DNS server.',
    next: 'Enter the address of a DNS server, or let the DHCP server tell it.',
  },
  'dns-silent': {
    number: 8,
    text: 'The DNS server {servers} does not answer.',
    brief: 'A DNS server does not answer.',
    next: 'Check its address, and that the firewall lets this device ask it (UDP and TCP, port 53).',
  },
  'dns-unknown': {
    number: 9,
    text: 'The DNS server {servers} does not know {host}.',
    brief: "The DNS server does not know the relay's name.",
    next: 'Let it ask servers on the internet for this name, or enter another DNS server.',
  },
  'dns-wrong': {
    number: 10,
    text: 'The DNS server answers {addresses} for {host}, and the relay is not there.',
    brief: "The DNS server gives an address for the relay's name at which the relay is not.",
    next: 'Ask whoever looks after the DNS server why it does; or enter another DNS server.',
  },
  'clock-wrong': {
    number: 11,
    text: "This device's clock is {off}.",
    brief: "The device's clock is wrong.",
    next: 'Set date and time, or let a time server do it: certificates are valid at their time only.',
  },
  'captive-portal': {
    number: 12,
    text: 'This network shows a sign-in page first{location}.',
    brief: 'The network shows a sign-in page first (captive portal).',
    next: 'Sign in to it with a browser in the same network, or have this device excepted.',
  },
  'tls-inspected': {
    number: 13,
    text: 'A firewall opens encrypted connections: it shows a certificate that is not the relay’s. {reason}',
    brief: 'A firewall opens encrypted connections, and shows a certificate of its own.',
    next: 'Have {host} excepted from its inspection: it would never get a connection of ours to see.',
  },
  'mtu-small': {
    number: 14,
    text: 'Small packets arrive and large ones vanish on the way to {host}.',
    brief: 'Small packets arrive and large ones vanish.',
    next: 'Make the MTU of the network port smaller, such as 1400 or 1280, or let the firewall pass ICMP "fragmentation needed".',
  },
  'ipv6-nowhere': {
    number: 15,
    text: 'This device has an IPv6 address, but IPv6 leads nowhere.',
    brief: 'The device has IPv6, but IPv6 leads nowhere.',
    next: 'Nothing needs it where IPv4 works. Else repair it, or turn it off.',
  },
  'firewall-swallows': {
    number: 16,
    text: 'Something on the way swallows connections to port {ports}.',
    brief: 'Something on the way swallows connections to some ports.',
    next: 'Have them allowed: give the text below to whoever looks after the firewall.',
  },
  'firewall-refuses': {
    number: 17,
    text: 'Connections to port {ports} are refused, by a firewall or by the relay itself.',
    brief: 'Connections to some ports are refused.',
    next: 'Have them allowed: give the text below to whoever looks after the firewall. Or the relay is not running: ask your maker.',
  },
  'other-port-works': {
    number: 18,
    text: 'This device is set to port {port} only, which does not work; port {ports} does.',
    brief: 'The device is set to one port, which does not work; another one does.',
    next: 'Choose another outbound port, or automatic.',
  },
  'device-refused': {
    number: 19,
    text: 'The relay does not take this device: {reason}',
    brief: 'The relay does not take this device.',
    next: 'Ask whoever runs the relay.',
  },
  'tls-cut': {
    number: 20,
    text: 'Connections to {host} are made, and end as soon as they are to be encrypted.',
    brief: 'Connections end as soon as they are to be encrypted.',
    next: 'A firewall on the way lets only some protocols pass. Give the text below to whoever looks after it.',
  },
  'proxy-unreachable': {
    number: 21,
    text: 'The proxy {proxy} cannot be reached.',
    brief: 'The proxy cannot be reached.',
    next: 'Check its address and port in the settings, and that it runs.',
  },
  'proxy-password': {
    number: 22,
    text: 'The proxy {proxy} wants a name and password, or others than those that are set.',
    brief: 'The proxy wants a name and password, or others than those that are set.',
    next: 'Ask whoever looks after the proxy for them, and put them into the setting of the proxy.',
  },
  'proxy-refuses': {
    number: 23,
    text: 'The proxy {proxy} does not connect to the relay: {reason}.',
    brief: 'The proxy does not connect to the relay.',
    next: 'Ask whoever looks after the proxy to allow it.',
  },
  'proxy-needless': {
    number: 24,
    text: 'Without the proxy, port {ports} works.',
    brief: 'The proxy does not work, and without it the relay is reached.',
    next: 'Take the proxy out of the settings.',
  },
  'proxy-needed': {
    number: 25,
    text: 'This network has a proxy for what goes out: it tells of one by the name wpad, at {address}.',
    brief: 'The network has a proxy for what goes out, and none is set.',
    next: 'Ask whoever looks after the network for its address, and set it as proxy.',
  },
  'source-unusable': {
    number: 26,
    text: 'Remote Support is set to go out by the network port {interface} only, which cannot be used: {reason}.',
    brief: 'The device is set to go out by one network port, which cannot be used.',
    next: 'Check that network port, or choose another source interface in the settings, or none.',
  },
  'idle-cut': {
    number: 27,
    text: 'Something on the way to {host} cuts connections on which nothing was said for {from} to {to}.',
    brief: 'Connections on which nothing is said are cut.',
    next: 'Remote Support says something every 15 seconds, and goes on. Where it is cut sooner than that, have such connections left standing for longer.',
  },
} as const satisfies { readonly [code: string]: AdviceRow };
export type AdviceCode = keyof typeof advices;

/** How far the best try on one port came. The order is that of the numbers in the code. */
export const portSteps = [
  'not-tried',
  'silent',
  'refused',
  'tcp',
  'stranger',
  'tls',
  'health',
  'websocket',
] as const;
export type PortStep = (typeof portSteps)[number];

/** What each step means, as a part of a sentence: "port 443: …". */
export const portStepTexts: { readonly [step in PortStep]: string } = {
  'not-tried': 'was not tried',
  silent: 'nothing answers',
  refused: 'is refused, or no way leads there',
  tcp: 'a connection is made, but no encrypted one',
  stranger: 'somebody else than the relay answers',
  tls: 'the relay is there, but does not say how it is',
  health: 'the relay is well, but does not take the device',
  websocket: 'works',
};

/** Puts details into a sentence of a row; a detail that is missing reads `?`. */
export function fillSentence(
  sentence: string,
  details: Readonly<Record<string, string | number | boolean>>,
): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) =>
    Object.hasOwn(details, name) ? String(details[name]) : '?',
  );
}
