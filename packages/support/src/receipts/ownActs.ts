import { CommandFrameReader, type CommandStart } from '@sallyport/protocol/channels';
import type { Clock } from '@sallyport/protocol/environment';
import {
  type ChannelItem,
  channelItemSchema,
  ListBuilder,
  type Listed,
  listBytes,
} from '@sallyport/protocol/receipt';
import { printable } from '@sallyport/protocol/text';

/** What of a line the device tells. */
const longest = 400;
/** Kinds of channels of which this program knows what is done on them, as the device calls them. */
type Kind = 'command' | 'files' | 'web' | 'tcp';

/** One channel that this program asked for: what the device must have written up of it. */
export type OwnChannel = {
  readonly kind: Kind;
  readonly what: string;
  readonly from: number;
  opened: boolean;
};

/** What this program did in a session by itself. Stock tools inside `ssh` do what it does not see. */
export class OwnActs {
  readonly #clock: Clock;
  readonly #beganMs: number;
  readonly #channels: OwnChannel[] = [];
  #more = 0;
  #ssh = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#beganMs = clock.bootMs();
  }

  get lastedMs(): number {
    return Math.max(0, Math.round(this.#clock.bootMs() - this.#beganMs));
  }

  /** Whether other programs did something on connections of this session. */
  get carriedSsh(): boolean {
    return this.#ssh;
  }

  get channels(): readonly OwnChannel[] {
    return this.#channels;
  }

  /** How many there were beyond those that are remembered. */
  get more(): number {
    return this.#more;
  }

  /** A channel is asked for. @returns what to call when it is open */
  asked(name: string, first: Uint8Array | undefined): () => void {
    if (name === 'ssh') {
      this.#ssh = true;
      return () => {};
    }
    const kind = kindOf(name);
    if (!kind) return () => {};
    if (this.#channels.length >= mostChannels) {
      this.#more += 1;
      return () => {};
    }
    const what = kind === 'command' ? lineIn(first) : kind === 'files' ? 'sftp' : name;
    const channel = { kind, what: printable(printable(what), longest), from: this.lastedMs, opened: false };
    this.#channels.push(channel);
    return () => {
      channel.opened = true;
    };
  }

  /** The same as a list of a statement, where the device makes none. */
  listed(): Listed<ChannelItem> {
    const list = new ListBuilder<ChannelItem>(channelItemSchema, listBytes.channels);
    for (const [index, { kind, what, from, opened }] of this.#channels.entries()) {
      if (opened) list.add({ id: index + 1, kind, what, from, to: this.lastedMs, bytesIn: 0, bytesOut: 0 });
    }
    return list.listed();
  }
}

/** Of a call that opens more, the rest is not compared. */
const mostChannels = 1_000;

function kindOf(name: string): Kind | undefined {
  if (name === 'command' || name === 'files' || name === 'web') return name;
  return name.includes(':') ? 'tcp' : undefined;
}

/** The line in the start of a command, which goes out with the request. */
function lineIn(first: Uint8Array | undefined): string {
  let line = '';
  const onJson = (_: unknown, content: unknown): void => {
    line = (content as CommandStart).line;
  };
  if (first)
    new CommandFrameReader(['start', 'input'], { onJson, onBytes: () => {} }).read(Buffer.from(first));
  return line;
}
