import type { Clock } from '@sallyport/protocol/environment';
import { builtAtMs } from '../build.ts';
import type { Settings } from '../state/index.ts';

/** A difference of less is nobody's concern. In milliseconds. */
const toleratedMs = 60_000;

/** Which time to judge the dates of certificates by (design, section 3, the clock rule). */
export type RelayTime = {
  /** The relay's time, carried on by time since boot, which counts through sleep; undefined before it was told. */
  now(): number | undefined;
  /** What to judge the relay's certificate by; null leaves the dates out, and only the dates. */
  forRelay(): number | null;
  /** Best guess at the time: the relay's, else the machine's own. */
  best(): number;
  told(relayNow: number): void;
  /**
   * Back to what holds before the relay has told its time. A relay that told a wrong one would otherwise keep the device
   * away for good: by that time, even the certificate of the true relay is not valid.
   */
  forget(): void;
  /** It is not earlier than this: when the program was made, and the latest time that the data folder knew at its start. */
  readonly atLeast: number;
  /**
   * By the machine's own clock the relay's certificate has run out. The clock may be years ahead: until the relay has
   * told its time the dates are left out, though no certificate is taken that had run out by `atLeast`.
   */
  doubtOwn(): void;
  /** How far the machine's clock is ahead of the relay's, in ms; undefined if unknown or within a minute. */
  offMs(): number | undefined;
};

/**
 * @param builtAtMs when this program was made
 * @param lastTimeMs the latest time that the data folder knows, or 0
 */
export function relayTime(clock: Clock, builtAtMs: number, lastTimeMs: number): RelayTime {
  const atLeast = Math.max(builtAtMs, lastTimeMs);
  let doubted = false;
  let told: { relayMs: number; bootMs: number } | undefined;
  const now = (): number | undefined => told && told.relayMs + (clock.bootMs() - told.bootMs);
  return {
    now,
    forRelay() {
      const relay = now();
      if (relay !== undefined) return relay;
      const own = clock.wallMs();
      return own < atLeast || doubted ? null : own;
    },
    best: () => now() ?? clock.wallMs(),
    told: (relayNow) => {
      told = { relayMs: relayNow, bootMs: clock.bootMs() };
      doubted = false;
    },
    forget: () => {
      told = undefined;
    },
    atLeast,
    doubtOwn: () => {
      doubted = true;
    },
    offMs() {
      const relay = now();
      if (relay === undefined) return undefined;
      const off = clock.wallMs() - relay;
      return Math.abs(off) < toleratedMs ? undefined : off;
    },
  };
}

/** As `relayTime`, for this program, by what a data folder knows. */
export function relayTimeOf(settings: Pick<Settings, 'get'>, clock: Clock): RelayTime {
  return relayTime(clock, builtAtMs, Number(settings.get('last-time') ?? 0));
}

/** "2 days behind", "3 minutes ahead": how far off a clock is, in words. @param offMs ahead if positive */
export function describeOff(offMs: number): string {
  const units = [
    ['year', 365.25 * 86_400_000],
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ] as const;
  const [name, unit] = units.find(([, size]) => Math.abs(offMs) >= size) ?? ['second', 1_000];
  const count = Math.round(Math.abs(offMs) / unit);
  return `${count} ${name}${count === 1 ? '' : 's'} ${offMs < 0 ? 'behind' : 'ahead'}`;
}
