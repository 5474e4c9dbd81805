import type { Gateway } from './view.ts';

/** Four bytes in hex, as the kernel of a little-endian machine prints an address. */
const addressOf = (hex: string): string =>
  (hex.match(/../g) ?? [])
    .toReversed()
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');

/** The default gateways of `/proc/net/route`, in the order in which they are used. */
export function gatewaysOfProc(text: string): Gateway[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .filter(
      ([, destination, , flags = '0']) =>
        destination === '00000000' && (Number.parseInt(flags, 16) & 1) === 1,
    )
    .map(([name = '', , gateway = '', , , , metric = '0']) => ({
      interface: name,
      address: gateway === '00000000' ? '' : addressOf(gateway),
      family: 4 as const,
      metric: Number(metric),
    }))
    .toSorted((one, two) => one.metric - two.metric);
}

/** Of `/proc/net/arp`: who was asked for, and whether they answered. */
export function neighboursOfProc(text: string): { interface: string; address: string; answered: boolean }[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , flags]) => flags !== undefined)
    .map(([address = '', , flags, , , name = '']) => ({
      interface: name,
      address,
      answered: flags !== '0x0',
    }));
}

/** Who was asked for and has not answered. */
export function silentOfProc(text: string): { interface: string; address: string }[] {
  return neighboursOfProc(text)
    .filter(({ answered }) => !answered)
    .map(({ interface: name, address }) => ({ interface: name, address }));
}
