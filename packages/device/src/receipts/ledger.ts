import type { Clock } from '@sallyport/protocol/environment';
import {
  type ChannelItem,
  channelItemSchema,
  type FileItem,
  fileItemSchema,
  ListBuilder,
  listBytes,
  type RecordingItem,
  type RefusalItem,
  recordingItemSchema,
  refusalItemSchema,
  type Statement,
} from '@sallyport/protocol/receipt';
import { printable } from '@sallyport/protocol/text';
import type { ChannelSummary, SessionRecord } from '../channels/index.ts';
import type { FileEvent } from '../files/index.ts';

const longest = 400;
/** Channels whose opening waits for their end: as many as may be open at once, with room for those that close late. */
const mostOpen = 512;

/** Writes up a session as it goes on, for the statement that both sides sign: in bounded memory, however long it is. */
export class Ledger {
  readonly #clock: Clock;
  readonly #beganMs: number;
  readonly #open = new Map<number, ChannelSummary & { readonly at: number }>();
  readonly #channels = new ListBuilder<ChannelItem>(channelItemSchema, listBytes.channels);
  readonly #files = new ListBuilder<FileItem>(fileItemSchema, listBytes.files);
  readonly #refusals = new ListBuilder<RefusalItem>(refusalItemSchema, listBytes.refusals);
  readonly #recordings = new ListBuilder<RecordingItem>(recordingItemSchema, listBytes.recordings);
  #suspendedMs = 0;
  #suspendedAt: number | undefined;
  #suspensions = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#beganMs = clock.bootMs();
  }

  /** The connection was lost, or is there again. */
  connected(there: boolean): void {
    if (there && this.#suspendedAt !== undefined) {
      this.#suspendedMs += this.#now() - this.#suspendedAt;
      this.#suspendedAt = undefined;
    } else if (!there && this.#suspendedAt === undefined) {
      this.#suspendedAt = this.#now();
      this.#suspensions += 1;
    }
  }

  /** Hears what `record` hears, too. */
  beside(record: SessionRecord): SessionRecord {
    return {
      channelOpened: (summary) => {
        record.channelOpened(summary);
        if (this.#open.size < mostOpen) this.#open.set(summary.id, { ...summary, at: this.#now() });
      },
      channelClosed: (id, end) => {
        record.channelClosed(id, end);
        const opened = this.#open.get(id);
        if (!opened) return;
        this.#open.delete(id);
        const { bytesIn, bytesOut, exit, recording } = end;
        const { kind, what, at } = opened;
        const ended =
          exit === undefined ? {} : 'code' in exit ? { exitCode: exit.code } : { signal: exit.signal };
        this.#channels.add({
          id,
          kind,
          what: cut(what),
          from: at,
          to: this.#now(),
          bytesIn,
          bytesOut,
          ...ended,
        });
        if (recording) {
          this.#recordings.add({ id: recording.id, bytes: recording.bytes, head: recording.sha256 });
        }
      },
      refused: (scope, what) => {
        record.refused(scope, what);
        this.#refusals.add({ at: this.#now(), what: cut(what), ...(scope ? { scope } : {}) });
      },
      file: (id, event) => {
        record.file(id, event);
        this.#file(id, event);
      },
    };
  }

  #file(channel: number, event: FileEvent): void {
    const common = {
      channel,
      at: this.#now(),
      path: cut(event.path),
      ...('to' in event && event.to !== undefined ? { to: cut(event.to) } : {}),
    };
    switch (event.event) {
      case 'opened':
        return;
      case 'closed': {
        const { direction: what, bytesRead, bytesWritten, result } = event;
        const sha256 = 'sha256' in event && typeof event.sha256 === 'string' ? { sha256: event.sha256 } : {};
        this.#files.add({ ...common, what, bytesRead, bytesWritten, ...sha256, result });
        return;
      }
      case 'cut':
        this.#files.add({ ...common, what: event.direction, result: 'cut' });
        return;
      case 'changed':
        this.#files.add({ ...common, what: event.what, result: event.result });
        return;
      case 'refused':
        this.#refusals.add({ at: common.at, what: cut(`${event.what} ${event.path}`) });
    }
  }

  /** What there is so far, for a statement. */
  entries(): Pick<
    Statement,
    'lastedMs' | 'suspendedMs' | 'suspensions' | 'channels' | 'files' | 'refusals' | 'recordings'
  > {
    const sinceLost = this.#suspendedAt === undefined ? 0 : this.#now() - this.#suspendedAt;
    const listed = <T>(list: ListBuilder<T>) => ({ ...list.listed(), items: [...list.listed().items] });
    return {
      lastedMs: this.#now(),
      suspendedMs: this.#suspendedMs + sinceLost,
      suspensions: this.#suspensions,
      channels: listed(this.#channels),
      files: listed(this.#files),
      refusals: listed(this.#refusals),
      recordings: listed(this.#recordings),
    };
  }

  #now(): number {
    return Math.max(0, Math.round(this.#clock.bootMs() - this.#beganMs));
  }
}

const cut = (text: string): string => printable(text, longest);
