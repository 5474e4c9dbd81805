import { type PortNumber, parsePortNumber } from '@sallyport/protocol/grant';
import { fail } from '../errors/index.ts';

/** Which way a copy goes, and between which paths. A path on the device may be relative to the home folder there. */
export type CopyPlaces = {
  readonly direction: 'to-device' | 'from-device';
  readonly port: PortNumber;
  readonly source: string;
  readonly target: string;
};

/** Parses `cp SRC DST`: exactly one of them is `PORT:/path`. @throws copy-malformed */
export function parsePlaces(source: string, target: string): CopyPlaces {
  const from = parseDevicePlace(source);
  const to = parseDevicePlace(target);
  if (from && !to) return { direction: 'from-device', port: from.port, source: from.path, target };
  if (to && !from) return { direction: 'to-device', port: to.port, source, target: to.path };
  throw fail('copy-malformed');
}

/** `./40123:x` is a file of this computer, as with `scp`. */
function parseDevicePlace(text: string): { port: PortNumber; path: string } | undefined {
  const match = /^(4\d{4})(?:\.sallyport)?:(.*)$/s.exec(text);
  const port = match ? parsePortNumber(match[1] ?? '') : undefined;
  return port === undefined ? undefined : { port, path: match?.[2] || '.' };
}
