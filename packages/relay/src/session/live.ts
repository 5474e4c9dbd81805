import type { Clock, Timer } from '@sallyport/protocol/environment';
import type { GrantId } from '@sallyport/protocol/grant';
import { spliceIdleMs, splicesPerGrant } from '../limits.ts';
import type { Splice, SpliceBytes } from './splice.ts';

/** Whose session it is. */
export type SessionParties = {
  readonly grant: GrantId;
  readonly device: string;
  readonly representative: string;
};

export type LiveSession = SessionParties & { readonly splice: Splice };

/** Why a splice was cut by the relay. */
export type CutReason = 'grant-ended' | 'revoked' | 'removed' | 'database-lost' | 'idle' | 'stopped';
export type SessionEnd = { readonly bytes: SpliceBytes; readonly cut: CutReason | undefined };

/**
 * The splices of this node. A splice is here from its two 101 until both halves are closed; one that ended is absent.
 * At most `splicesPerGrant` for each open grant.
 */
export class LiveSessions {
  readonly #clock: Clock;
  readonly #live = new Map<LiveSession, { cut: CutReason | undefined; moved: number; movedAt: number }>();
  #timer: Timer | undefined;
  #whenEmpty: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#live.size;
  }

  hasRoom(grant: GrantId): boolean {
    let count = 0;
    for (const session of this.#live.keys()) if (session.grant === grant) count += 1;
    return count < splicesPerGrant;
  }

  add(session: LiveSession, onEnd: (end: SessionEnd) => void): void {
    const state = { cut: undefined as CutReason | undefined, moved: 0, movedAt: this.#clock.monotonicMs() };
    this.#live.set(session, state);
    this.#watchIdle();
    session.splice.ended.then(() => {
      this.#live.delete(session);
      onEnd({ bytes: session.splice.bytes(), cut: state.cut });
      if (this.#live.size > 0) return;
      this.#timer?.cancel();
      this.#timer = undefined;
      for (const tell of this.#whenEmpty.splice(0)) tell();
    });
  }

  /** Cuts at once every splice that `matches`. */
  cut(reason: CutReason, matches: (parties: SessionParties) => boolean): void {
    for (const [session, state] of this.#live) {
      if (!matches(session)) continue;
      state.cut ??= reason;
      session.splice.cut();
    }
  }

  grants(): Set<GrantId> {
    return new Set([...this.#live.keys()].map((session) => session.grant));
  }

  /** Settles when there is none; at once if so now. */
  whenEmpty(): Promise<void> {
    if (this.#live.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenEmpty.push(resolve));
  }

  #watchIdle(): void {
    this.#timer ??= this.#clock.after(spliceIdleMs / 10, () => {
      this.#timer = undefined;
      const now = this.#clock.monotonicMs();
      for (const [session, state] of this.#live) {
        const { fromDevice, fromRepresentative } = session.splice.bytes();
        if (fromDevice + fromRepresentative !== state.moved) {
          state.moved = fromDevice + fromRepresentative;
          state.movedAt = now;
        } else if (now - state.movedAt >= spliceIdleMs) {
          state.cut ??= 'idle';
          session.splice.cut();
        }
      }
      if (this.#live.size > 0) this.#watchIdle();
    });
  }
}
