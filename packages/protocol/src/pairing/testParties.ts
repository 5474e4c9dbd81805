import type { Duplex } from 'node:stream';
import { SallyportError } from '../errors/index.ts';
import { type GrantId, Otp, type PortNumber } from '../grant/index.ts';
import {
  type FromDeviceHello,
  type FromRepresentative,
  fromDeviceHelloSchemas,
  fromRepresentativeSchemas,
  HelloChannel,
} from '../session/index.ts';
import { type FakeClock, fakeClock, type Side, seededRandom, streamPair } from '../testing/index.ts';
import {
  type PairingBinding,
  type PairingParty,
  type PairingRecord,
  pairAsRepresentative,
  pairOnDevice,
} from './index.ts';

/** For the tests of this folder: a device with its counters, representatives with their pins, and what lies between. */

export const rightOtp = '482-190-375';
export const wrongOtp = '482-190-376';
export const deviceParty: PairingParty = { certificateSha256: 'd0'.repeat(32) };
export const representativeParty: PairingParty = { certificateSha256: 'e1'.repeat(32) };

export function bindingOf(digits: string, changes: Partial<PairingBinding> = {}): PairingBinding {
  const otp = Otp.parse(digits);
  if (!otp) throw new TypeError('not an OTP');
  return {
    otp,
    grant: '0123456789abcdef0123456789abcdef' as GrantId,
    port: 40_123 as PortNumber,
    sessionId: new Uint8Array(32).fill(7),
    ...changes,
  };
}

/** The counters of a grant as the design has them: 3 failures block a key, 5 in all void the OTP. */
export class Counters {
  readonly failures = new Map<string, number>();
  readonly pins = new Set<string>();
  otp: 'live' | 'spent' = 'live';

  of(key: string): number {
    return this.failures.get(key) ?? 0;
  }

  get total(): number {
    return [...this.failures.values()].reduce((sum, count) => sum + count, 0);
  }

  /** What a device answers to `pair` or `open`; undefined is yes. */
  refusal(key: string, wants: 'pair' | 'open'): string | undefined {
    if (wants === 'open') return this.pins.has(key) ? undefined : 'not-paired';
    if (this.of(key) >= 3) return 'key-blocked';
    if (this.total >= 5) return 'otp-void';
    return this.otp === 'spent' ? 'otp-none' : undefined;
  }

  record(key: string): PairingRecord {
    return {
      started: () => void this.failures.set(key, this.of(key) + 1),
      left: () => Math.max(0, Math.min(3 - this.of(key), 5 - this.total)),
      paired: () => {
        this.pins.add(key);
        this.otp = 'spent';
        this.failures.set(key, this.of(key) - 1);
      },
    };
  }
}

export type World = { readonly counters: Counters; readonly pins: Set<string>; readonly clock: FakeClock };

export const world = (): World => ({ counters: new Counters(), pins: new Set(), clock: fakeClock() });

type Message = FromDeviceHello | FromRepresentative;

export type Attempt = {
  /** What the representative types. */
  otp?: string;
  /** Whose key it is. */
  key?: string;
  seed?: number;
  /** What one side holds otherwise than the other. */
  device?: Partial<PairingBinding & { own: PairingParty; peer: PairingParty }>;
  representative?: Partial<PairingBinding & { own: PairingParty; peer: PairingParty }>;
  /** The connection breaks after this many bytes of one side; `a` is the representative. */
  cut?: { afterBytes: number; side: Side };
  /** Somebody in between: gives what goes on instead of a message, or undefined to swallow it. */
  between?: (message: Message, from: 'device' | 'representative') => Message | undefined;
  record?: Partial<PairingRecord>;
  storePin?: () => Promise<void>;
  deadline?: { device?: AbortSignal; representative?: AbortSignal };
  /** Called once both sides run. */
  meanwhile?: () => Promise<void>;
};

/** How a run ended: `paired`, or the code of the error. */
export type Outcome = { device: string; representative: string; errors: { [side: string]: unknown } };

/** One pairing over a connection in memory. Both sides close it when they are done, as their callers do. */
export async function pairOnce(w: World, attempt: Attempt = {}): Promise<Outcome> {
  const key = attempt.key ?? 'erin';
  const seed = attempt.seed ?? 1;
  const near = streamPair({ seed });
  const far = attempt.between ? streamPair({ seed: seed + 1 }) : near;
  if (attempt.cut) near.cutAfter(attempt.cut.afterBytes, attempt.cut.side);
  const never = new AbortController().signal;
  const errors: { [side: string]: unknown } = {};

  const representative = pairAsRepresentative({
    ...bindingOf(attempt.otp ?? rightOtp),
    own: representativeParty,
    peer: deviceParty,
    ...attempt.representative,
    channel: new HelloChannel(near.a),
    random: seededRandom(2 * seed),
    storePin: attempt.storePin ?? (async () => void w.pins.add(key)),
    deadline: attempt.deadline?.representative ?? never,
  });
  const device = pairOnDevice({
    ...bindingOf(rightOtp),
    own: deviceParty,
    peer: representativeParty,
    ...attempt.device,
    channel: new HelloChannel(far.b),
    random: seededRandom(2 * seed + 1),
    clock: w.clock,
    record: { ...w.counters.record(key), ...attempt.record },
    deadline: attempt.deadline?.device ?? never,
  });
  const settled = async (run: Promise<void>, side: string, close: () => void): Promise<string> => {
    try {
      await run;
      return 'paired';
    } catch (error) {
      errors[side] = error;
      return error instanceof SallyportError ? error.code : String(error);
    } finally {
      close();
    }
  };
  const outcome = Promise.all([
    settled(representative, 'representative', () => near.a.end()),
    settled(device, 'device', () => far.b.end()),
    attempt.between && standBetween(near.b, far.a, attempt.between),
    attempt.meanwhile?.(),
  ]);
  const [ofRepresentative, ofDevice] = await outcome;
  near.a.destroy();
  far.b.destroy();
  return { device: ofDevice, representative: ofRepresentative, errors };
}

/** Passes messages both ways through `change`; when one side ends, so does the other. */
async function standBetween(
  toRepresentative: Duplex,
  toDevice: Duplex,
  change: NonNullable<Attempt['between']>,
): Promise<void> {
  const never = new AbortController().signal;
  const left = new HelloChannel(toRepresentative);
  const right = new HelloChannel(toDevice);
  const pass = async (from: 'device' | 'representative'): Promise<void> => {
    const [source, sink] = from === 'device' ? [right, left] : [left, right];
    const schemas = from === 'device' ? fromDeviceHelloSchemas : fromRepresentativeSchemas;
    try {
      for (;;) {
        const message = change((await source.receive(schemas, { deadline: never })) as Message, from);
        if (message) sink.send(message);
      }
    } catch {
      (from === 'device' ? toRepresentative : toDevice).end();
    }
  };
  await Promise.all([pass('device'), pass('representative')]);
}

/**
 * What a person does with one OTP in hand: `open` if a pin is there, else (or if the device does not know the pin)
 * pair by typing the OTP again. Gives `in`, or the code of the refusal.
 */
export async function enter(w: World, attempt: Attempt = {}): Promise<string> {
  const key = attempt.key ?? 'erin';
  if (w.pins.has(key) && w.counters.refusal(key, 'open') === undefined) return 'in';
  const refusal = w.counters.refusal(key, 'pair');
  if (refusal !== undefined) return refusal;
  const { representative } = await pairOnce(w, attempt);
  return representative === 'paired' ? 'in' : representative;
}
