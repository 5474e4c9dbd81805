import { parseTarget, type TcpTarget } from '@sallyport/protocol/grant';
import { printable } from '@sallyport/protocol/text';
import { fail } from '../errors/index.ts';

/** What `forward` joins: a port of this computer (0: any that is free) and a place as the device sees it. */
export type ForwardSpec = { readonly localPort: number; readonly target: TcpTarget };

/** Parses `[LOCAL:]HOST:PORT`; an IPv6 host is in brackets. @throws target-malformed */
export function parseForwardSpec(text: string): ForwardSpec {
  const malformed = fail('target-malformed', { details: { text: printable(text, 80) } });
  const whole = parseTarget(text);
  if (whole && !/^\d+$/.test(whole.host)) return { localPort: 0, target: whole };
  const split = text.indexOf(':');
  const local = text.slice(0, split);
  const target = parseTarget(text.slice(split + 1));
  if (split < 1 || !/^\d{1,5}$/.test(local) || Number(local) > 65_535 || !target) throw malformed;
  return { localPort: Number(local), target };
}
