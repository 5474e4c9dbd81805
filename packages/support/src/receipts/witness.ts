import { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { Clock } from '@sallyport/protocol/environment';
import type { GrantId, PortNumber, Scope, StreamId } from '@sallyport/protocol/grant';
import {
  encodeReceiptMessage,
  fileItemSchema,
  ListBuilder,
  parseStatement,
  type Receipt,
  type RepresentativeHalf,
  readReceiptMessages,
  signText,
  statementHash,
  statementText,
  type ToSign,
  toSignSchemas,
  type Vouch,
  verifyReceipt,
} from '@sallyport/protocol/receipt';
import { printable } from '@sallyport/protocol/text';
import type { Identity } from '../identity/index.ts';
import { contradictionIn, type Known } from './contradiction.ts';
import { keepReceipt } from './folder.ts';
import { OwnActs } from './ownActs.ts';

/** So long the device may take to say what the session was, or that it ends it: it is at work then. In milliseconds. */
const statementMs = 1_500;
/** So long it may take from there: a slow disk keeps each line of its audit log waiting. */
const endingMs = 4_000;
/** And then to hang up. */
const hangUpMs = 500;

export type WitnessOptions = {
  readonly data: string;
  readonly identity: Identity;
  readonly clock: Clock;
  readonly device: { readonly id: string; readonly key: string };
  readonly grant: GrantId;
  readonly port: PortNumber;
  readonly session: StreamId;
  readonly scopes: () => readonly Scope[];
  /** The connection to the device is there at this moment. */
  readonly connected: () => boolean;
  /** Says something to the person. */
  readonly say: (text: string) => void;
};

/**
 * The representative's side of the receipt of one session: remembers what this program did, compares the device's
 * statement with it, signs or says why not, and keeps it. Where the device says nothing, it keeps its own half.
 */
export class Witness {
  readonly acts: OwnActs;
  readonly #options: WitnessOptions;
  readonly #from: number;
  #channel: Duplex | undefined;
  #listening: Promise<void> = Promise.resolve();
  #kept = false;
  #ending = false;
  /** Called when the device said that it ends the session, and when nothing more is to come. */
  #moved: () => void = () => {};

  constructor(options: WitnessOptions) {
    this.#options = options;
    this.#from = Math.round(options.clock.wallMs());
    this.acts = new OwnActs(options.clock);
  }

  /** Whether the device said that it ends the session. */
  get ending(): boolean {
    return this.#ending;
  }

  /** Opens the channel of the receipt. Never throws: an older device has none. */
  listen(open: () => Promise<Duplex>): Promise<void> {
    this.#listening = this.#listen(open);
    return this.#listening;
  }

  async #listen(open: () => Promise<Duplex>): Promise<void> {
    try {
      const channel = await open();
      channel.on('error', () => {});
      channel.once('close', () => this.#lost());
      this.#channel = channel;
      readReceiptMessages(
        channel,
        toSignSchemas,
        (message) => this.#hear(message),
        () => this.#lost(),
      );
    } catch {
      this.#lost();
    }
  }

  /**
   * The session is over for this side: lets the device state what it was. Resolves when the receipt is kept, the
   * device's and ours or ours alone. Never throws.
   *
   * @param why a code of an error
   * @param hungUp resolves when the device has ended the session
   */
  async finish(why: string, hungUp: Promise<unknown>): Promise<void> {
    const { clock, connected } = this.#options;
    // It was asked for when the session opened, and its answer may still be on the way.
    if (connected()) await within(clock, statementMs, this.#listening);
    const channel = this.#channel;
    if (!this.#kept && channel?.writable && connected()) {
      channel.write(encodeReceiptMessage({ type: 'done' }));
      if (!this.#ending) await this.#move(statementMs);
      if (this.#ending && !this.#kept && this.#channel) await this.#move(endingMs);
      if (this.#kept && connected()) await within(clock, hangUpMs, hungUp);
    }
    this.#keepOwn(why);
  }

  #move(ms: number): Promise<void> {
    const moved = new Promise<void>((resolve) => {
      this.#moved = resolve;
    });
    return within(this.#options.clock, ms, moved);
  }

  #lost(): void {
    this.#channel = undefined;
    this.#moved();
  }

  #hear(message: ToSign): void {
    if (message.type === 'ending') {
      this.#ending = true;
      this.#moved();
      return;
    }
    if (this.#kept) return;
    const { identity, data, say } = this.#options;
    const statement = parseStatement(message.statement);
    const reason = this.#doubt(message) ?? contradictionIn(statement, this.#known(), this.acts);
    const half = this.#sign(message.statement, reason);
    this.#channel?.write(encodeReceiptMessage({ type: 'signed', representative: half }));
    const receipt = { ...this.#blank(message.statement), device: message.device, representative: half };
    this.#kept = true;
    try {
      const file = keepReceipt(data, this.#options, receipt);
      if (reason !== undefined) {
        say(
          `the device's account of this session is not what ${identity.id} did: ${reason}. It is in ${file}`,
        );
      }
    } catch (error) {
      say(`the receipt of this session could not be kept: ${error instanceof Error ? error.message : error}`);
    }
    this.#moved();
  }

  /** The device's own half has to hold: a statement that it could deny is worth no signature. */
  #doubt({ statement, device }: Extract<ToSign, { type: 'statement' }>): string | undefined {
    try {
      verifyReceipt({ ...this.#blank(statement), device });
      return undefined;
    } catch (error) {
      return error instanceof Error ? printable(error.message, 200) : 'it does not hold';
    }
  }

  #sign(statement: string, reason: string | undefined): RepresentativeHalf {
    const { identity, clock } = this.#options;
    const { carriedSsh, more } = this.acts;
    const vouch: Vouch = {
      v: 1,
      statement: statementHash(statement),
      agrees: reason === undefined,
      covers: carriedSsh || more > 0 ? 'connections' : 'all',
      ...(reason === undefined ? {} : { reason: reason.slice(0, 300) }),
      at: Math.round(clock.wallMs()),
    };
    const text = JSON.stringify(vouch);
    return {
      certificate: new X509Certificate(identity.file.certificate).toString(),
      vouch: text,
      signature: signText('representative', text, identity.tls.key),
    };
  }

  #blank(statement: string): Receipt {
    const { root, device, representative } = this.#options.identity.file.authority;
    return { v: 1, statement, authority: { root, device, representative } };
  }

  #known(): Known {
    const { identity, device, grant, port, session } = this.#options;
    return { device, grant, port, session, representative: { id: identity.id, key: identity.key } };
  }

  /** The device said nothing: what this side knows, signed by itself. */
  #keepOwn(why: string): void {
    if (this.#kept) return;
    this.#kept = true;
    const { clock, data, grant, port, session, scopes, say } = this.#options;
    try {
      const none = () => ({ ...new ListBuilder(fileItemSchema, 0).listed(), items: [] });
      const own = this.acts.listed();
      const statement = statementText({
        v: 1,
        by: 'representative',
        ...this.#known(),
        grant,
        port,
        session,
        scopes: [...scopes()],
        number: 0,
        from: this.#from,
        to: Math.round(clock.wallMs()),
        clock: 'own',
        lastedMs: this.acts.lastedMs,
        suspendedMs: 0,
        suspensions: 0,
        why,
        channels: { ...own, items: [...own.items] },
        files: none(),
        refusals: none(),
        recordings: none(),
      });
      const representative = this.#sign(statement, undefined);
      keepReceipt(data, { grant, session }, { ...this.#blank(statement), representative });
    } catch (error) {
      say(`the receipt of this session could not be kept: ${error instanceof Error ? error.message : error}`);
    }
  }
}

function within(clock: Clock, ms: number, what: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const late = clock.after(ms, resolve);
    void what.then(() => {
      late.cancel();
      resolve();
    });
  });
}
