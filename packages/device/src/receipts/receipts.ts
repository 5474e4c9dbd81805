import { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, Log } from '@sallyport/protocol/environment';
import type { GrantId, PortNumber, Scope, StreamId } from '@sallyport/protocol/grant';
import {
  formatReceipt,
  type Receipt,
  type RepresentativeHalf,
  type Standing,
  signText,
  statementHash,
  statementText,
  verifyReceipt,
} from '@sallyport/protocol/receipt';
import type { SessionRecord } from '../channels/index.ts';
import type { DeviceIdentity } from '../identity/index.ts';
import type { AuditEvent, AuditFields, State } from '../state/index.ts';
import { Ledger } from './ledger.ts';
import { Settlement } from './settlement.ts';

/** The session that a receipt is of. */
export type ReceiptSubject = {
  readonly id: StreamId;
  readonly grant: GrantId;
  readonly port: PortNumber;
  readonly reference: string | undefined;
  readonly representative: string;
  readonly key: string;
  /** What the grant allows at this moment. */
  readonly scopes: () => readonly Scope[];
};

/** The receipt of one session, from its first moment to its last. */
export type SessionReceipt = {
  /** Writes up what `record` hears. */
  beside(record: SessionRecord): SessionRecord;
  connected(there: boolean): void;
  /** Takes the channel on which it is signed. @returns whether it did */
  serve(channel: Duplex): boolean;
  /** Tells the other side that the session ends. */
  announce(why: string): Promise<void>;
  /**
   * States all of it, has it signed if the other side is there, and keeps it. Once; never throws.
   *
   * @param signed called when nothing more is to be said, before it is kept
   */
  settle(why: string, signed?: () => void): Promise<void>;
};

export type ReceiptsOptions = {
  readonly state: Pick<State, 'receipts' | 'audit'>;
  readonly identity: () => DeviceIdentity;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: (event: AuditEvent, fields: AuditFields) => void;
};

/** The receipts of the device's sessions (docs/receipts.md). */
export class Receipts {
  readonly #options: ReceiptsOptions;
  /** What was stated last of each representative in the grant of now. */
  readonly #last = new Map<string, { readonly number: number; readonly hash: string | undefined }>();
  #grant: GrantId | undefined;

  constructor(options: ReceiptsOptions) {
    this.#options = options;
  }

  /** @param done the representative wants the session to end */
  begin(subject: ReceiptSubject, done: () => void): SessionReceipt {
    const { clock, log, state } = this.#options;
    const ledger = new Ledger(clock);
    const settlement = new Settlement(clock, done);
    let scopes = subject.scopes();
    const look = (): void => {
      const now = subject.scopes();
      if (now.length > 0) scopes = now;
    };
    const settle = async (why: string, signed: () => void): Promise<void> => {
      try {
        const { clock: standing, at } = state.audit.moment(clock.wallMs());
        const entries = ledger.entries();
        const to = Math.max(0, Math.round(at));
        const what = {
          ...entries,
          scopes: [...scopes],
          // By the clock as it is now: it may have been set meanwhile.
          from: Math.max(0, to - entries.lastedMs),
          to,
          clock: standing,
          why,
        };
        await this.#settle(subject, settlement, what, signed);
      } catch (error) {
        log.error('receipt-not-made-1', { session: subject.id, error });
      }
    };
    let settled: Promise<void> | undefined;
    return {
      beside: (record) => {
        const heard = ledger.beside(record);
        return {
          ...heard,
          channelOpened(summary) {
            look();
            heard.channelOpened(summary);
          },
        };
      },
      connected: (there) => ledger.connected(there),
      serve: (channel) => settlement.serve(channel),
      announce: (why) => settlement.announce(why),
      settle: (why, signed = () => {}) => {
        settled ??= settle(why, signed);
        return settled;
      },
    };
  }

  async #settle(
    subject: ReceiptSubject,
    settlement: Settlement,
    what: Omit<
      Parameters<typeof statementText>[0],
      'v' | 'by' | 'device' | 'representative' | 'grant' | 'port' | 'session' | 'number'
    >,
    signed: () => void,
  ): Promise<void> {
    const { state, identity, clock, log, audit } = this.#options;
    const own = identity();
    const { id: session, grant, port, reference, representative, key } = subject;
    const { number, previous } = this.#next(grant, key);
    const [newest] = state.audit.list(1);
    const statement = statementText({
      ...what,
      v: 1,
      by: 'device',
      device: { id: own.id, key: own.keySha256 },
      representative: { id: representative, key },
      grant,
      port,
      ...(reference === undefined ? {} : { reference }),
      session,
      number,
      ...(previous === undefined ? {} : { previous }),
      ...(newest ? { audit: { seq: newest.seq, hash: newest.hash } } : {}),
    });
    const hash = statementHash(statement);
    this.#last.set(key, { number, hash });
    const certificate = leafOf(own.tls.certificate);
    const device = { certificate, signature: signText('device', statement, own.tls.key) };
    const half = await settlement.exchange(statement, device);
    signed();
    // A disk that syncs slowly must not keep what was said from going out.
    await nextTurn();
    const { authority } = own;
    const alone: Receipt = {
      v: 1,
      statement,
      device,
      authority: {
        root: authority.root.toString(),
        device: authority.device.toString(),
        representative: authority.representative.toString(),
      },
    };
    const { receipt, standing, reason } = withHalf(alone, half);
    try {
      state.receipts.add({
        session,
        grant,
        key,
        number,
        hash,
        standing,
        at: Math.round(clock.wallMs()),
        receipt: formatReceipt(receipt),
      });
    } catch (error) {
      log.error('receipt-not-stored-1', { session, error });
    }
    const by = standing === 'device-alone' ? 'device' : standing;
    audit('receipt-signed-1', { grant, session, representative, keySha256: key, hash, signed: by, reason });
  }

  #next(grant: GrantId, key: string): { number: number; previous: string | undefined } {
    if (this.#grant !== grant) this.#last.clear();
    this.#grant = grant;
    const last = this.#last.get(key) ?? this.#options.state.receipts.last(grant, key);
    return { number: (last?.number ?? 0) + 1, previous: last?.hash };
  }
}

/** A half that does not hold is as good as none, and is told. */
function withHalf(
  alone: Receipt,
  half: RepresentativeHalf | undefined,
): { receipt: Receipt; standing: Standing; reason?: string } {
  if (!half) return { receipt: alone, standing: 'device-alone' };
  const receipt = { ...alone, representative: half };
  try {
    const { standing, vouch } = verifyReceipt(receipt);
    return { receipt, standing, ...(vouch?.reason === undefined ? {} : { reason: vouch.reason }) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { receipt: alone, standing: 'device-alone', reason };
  }
}

/** The leaf alone of what may be a chain. */
const leafOf = (certificate: string): string => new X509Certificate(certificate).toString();
