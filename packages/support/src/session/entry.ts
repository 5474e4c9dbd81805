import { join } from 'node:path';
import { grantListSchema } from '@sallyport/protocol/enrolment';
import type { Random } from '@sallyport/protocol/environment';
import { exitCodes, fail as protocolFail, SallyportError } from '@sallyport/protocol/errors';
import type { PortNumber } from '@sallyport/protocol/grant';
import { pause } from '../clock/pause.ts';
import { fail } from '../errors/index.ts';
import { type Pin, type PinFolder, withPairingLock } from '../pins/index.ts';
import { askRelay, type Caller } from '../relay/index.ts';
import { waitMs } from './backoff.ts';
import { type DeviceConnection, reachDevice } from './deviceLeg.ts';
import { askOpen, beginHello, type Hello, type Opened } from './hello.ts';
import type { Notice } from './notice.ts';
import type { OtpSource } from './otp.ts';
import { pair } from './pairing.ts';

/** For how long a place that is taken for a moment is asked for again. */
const busyMs = 45_000;
/** Answers that pass by themselves: too many at the door, a relay that restarts. */
const passing = new Set(['device-busy', 'sessions-used-up', 'relay-draining']);
/** For how long who was cut while they got in comes again, as a session would that is there. */
const cutMs = 5_000;

/** The one-time password was tried, and would be refused again. */
const refusals = new Set([
  'otp-wrong',
  'otp-void',
  'otp-none',
  'key-blocked',
  'pairing-failed',
  'approval-refused',
  'approval-timed-out',
]);

export type Entry = {
  readonly caller: Caller;
  readonly pins: PinFolder;
  readonly port: PortNumber;
  readonly otp: OtpSource;
  readonly random: Random;
  /** Says what is waited for. */
  readonly notice: Notice;
  readonly onApproval: (seconds: number) => void;
  /** Told when the one-time password is tried: from here on nothing may do that again by itself. */
  readonly onPairing: () => void;
  /** When this call began; see `LockOptions`. */
  readonly since: number;
  /** Told when another program on this computer is pairing. */
  readonly onPairingElsewhere?: () => void;
};
/** An inner connection on which the stream begins now. */
export type Entered = { readonly hello: Hello; readonly opened: Opened; readonly pin: Pin };

/**
 * Enters the grant behind a port number: with the pin if there is one, else by pairing first. One pairing at a time on
 * this computer; who waited for it enters with its pin.
 */
export async function enter(entry: Entry): Promise<Entered> {
  const { pins, port } = entry;
  const known = pins.ofPort(port);
  const entered = known && (await enterPaired(entry));
  if (entered) return entered;
  const alone = <T>(run: () => Promise<T>): Promise<T> =>
    withPairingLock(lockFile(entry), lockOptions(entry), run);
  const paired = await alone(async () => {
    const isAsBefore = pins.ofPort(port)?.grant === known?.grant;
    return isAsBefore ? pairAndEnter(entry) : undefined;
  });
  if (paired) return paired;
  // Another program has paired meanwhile. All who waited for it enter side by side, not one after the other.
  return (await enterPaired(entry)) ?? alone(() => pairAndEnter(entry));
}

async function pairAndEnter(entry: Entry): Promise<Entered> {
  const { caller, pins, port } = entry;
  const entered = pins.ofPort(port) && (await enterPaired(entry));
  if (entered) return entered;
  // A person is asked only for a grant that is there, and not while a connection waits for them.
  if (!entry.otp.atHand) await mustBeOpen(entry);
  const otp = await entry.otp.read();
  const hello = begin(entry, await whenFree(entry, () => reachDevice(caller, port)));
  entry.onPairing();
  try {
    const pin = await pair(hello, { identity: caller.identity, pins, port, otp, random: entry.random });
    return { hello, opened: await open(hello, pin), pin };
  } catch (error) {
    hello.connection.socket.destroy();
    // Lost on its last yard: the pin is stored here, and perhaps there. Opening tells; the run is not repeated.
    const lost = error instanceof SallyportError && ['connection-lost', 'timed-out'].includes(error.code);
    const after = lost && pins.ofPort(port) ? await enterPaired(entry) : undefined;
    if (after) return after;
    throw error;
  }
}

/** Undefined if the grant that has the port number now is none that we are paired with. */
async function enterPaired(entry: Entry): Promise<Entered | undefined> {
  const { caller, pins, port } = entry;
  return whenFree(entry, async () => {
    const connection = await reachDevice(caller, port);
    const pin = connection.grant ? pins.of(connection.grant) : pins.ofPort(port);
    if (pin?.port !== port) {
      connection.socket.destroy();
      return undefined;
    }
    const hello = begin(entry, connection);
    try {
      mustBePinned(connection, pin);
      return { hello, opened: await open(hello, pin), pin };
    } catch (error) {
      connection.socket.destroy();
      if (!(error instanceof SallyportError && error.code === 'not-paired')) throw error;
      pins.forget(pin.grant);
      return undefined;
    }
  });
}

/** @throws device-changed if it is not the device that was paired with */
export function mustBePinned(connection: DeviceConnection, pin: Pin): void {
  const { keySha256, id } = connection.peer;
  if (keySha256 === pin.deviceKey && id === pin.device) return;
  throw fail('device-changed', { details: { port: pin.port }, leg: 'to-device' });
}

async function open(hello: Hello, pin: Pin): Promise<Opened> {
  const opened = await askOpen(hello, pin.port, pin.grant);
  const asAsked = opened.grant === pin.grant && opened.port === pin.port && opened.device === pin.device;
  if (!asAsked) throw fail('grant-ambiguous', { leg: 'device' });
  return opened;
}

const begin = ({ caller, onApproval }: Entry, connection: DeviceConnection): Hello =>
  beginHello(connection, { clock: caller.clock, signal: caller.signal, onApproval });

/** @throws grant-not-found, device-away: what the relay's list of open grants says of this port number */
async function mustBeOpen({ caller, port, notice }: Entry): Promise<void> {
  notice.connecting();
  const { grants } = await askRelay(caller, { path: '/v1/grants', answer: grantListSchema });
  const grant = grants.find((each) => each.port === port);
  if (!grant) throw protocolFail('grant-not-found', { leg: 'relay' });
  if (!grant.connected) throw protocolFail('device-away', { leg: 'to-device' });
}

/** Tries again what is only taken for a moment; and after a cut, whoever cannot be reached in the next seconds, too. */
async function whenFree<T>({ caller, random, notice }: Entry, attempt: () => Promise<T>): Promise<T> {
  const { clock, signal } = caller;
  const busyUntil = clock.monotonicMs() + busyMs;
  let cutUntil: number | undefined;
  for (let failures = 1; ; failures += 1) {
    notice.connecting();
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof SallyportError)) throw error;
      const now = clock.monotonicMs();
      if (error.code === 'connection-lost') cutUntil ??= now + cutMs;
      const isAway = cutUntil !== undefined && error.row.exit === exitCodes.unreachable;
      const until = passing.has(error.code) ? busyUntil : isAway ? cutUntil : undefined;
      if (until === undefined || now > until) throw error;
      notice.waiting(error.message);
      await pause(clock, 50 + Math.min(waitMs(failures, random), 2_000), signal);
    }
  }
}

const lockFile = ({ pins, port }: Entry): string => join(pins.folder, `${port}.lock`);
const lockOptions = ({
  caller,
  since,
  onPairingElsewhere,
}: Entry): Parameters<typeof withPairingLock>[1] => ({
  clock: caller.clock,
  since,
  isOfAll: (error) => error instanceof SallyportError && refusals.has(error.code),
  ...(caller.signal ? { signal: caller.signal } : {}),
  ...(onPairingElsewhere ? { onWait: onPairingElsewhere } : {}),
});
