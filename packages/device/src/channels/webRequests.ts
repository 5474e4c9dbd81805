import type { RecordingId } from '@sallyport/protocol/recording';
import { printable } from '@sallyport/protocol/text';
import type { Recording } from '../recordings/index.ts';
import type { SessionContext } from './context.ts';
import type { Place } from './openChannels.ts';

/** Of a path, in characters. */
const longestPath = 2_000;

/** One request to the web interface, answered. */
export type WebRequest = {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
};

/**
 * The requests that come through one session to the device's web interface: one recording, begun with the first channel
 * `web`, ended with the session, or where the disk takes no more: then the next channel begins another. A line for each:
 * method, path, names of the query, status; no values, no bodies.
 */
export class WebRequests {
  readonly #context: Pick<SessionContext, 'session' | 'options' | 'user'>;
  #id: RecordingId | undefined;
  #begun: Promise<Recording> | undefined;
  #recording: Recording | undefined;
  #ended = false;

  constructor(context: Pick<SessionContext, 'session' | 'options' | 'user'>) {
    this.#context = context;
  }

  /** The name of the recording. */
  get id(): RecordingId {
    this.#id ??= this.#context.options.recorder.next(this.#context.session.grant);
    return this.#id;
  }

  /** @throws (rejects) recording-impossible, which the next one tries again */
  async begin(place: Place): Promise<Recording> {
    this.#begun ??= this.#begin(place);
    const begun = this.#begun;
    try {
      return await begun;
    } catch (error) {
      this.#forget(begun);
      throw error;
    }
  }

  /** The next channel begins another one, under another name. */
  #forget(begun: Promise<Recording> | undefined): void {
    if (this.#begun !== begun) return;
    this.#begun = undefined;
    this.#id = undefined;
    this.#recording = undefined;
  }

  async #begin(place: Place): Promise<Recording> {
    const { session, options, user } = this.#context;
    const recording = await options.recorder.begin(this.id, {
      session,
      channel: place.id,
      kind: 'web',
      scope: 'web',
      command: undefined,
      environment: {},
      runAs: user.name,
      size: { columns: 120, rows: 30 },
    });
    this.#recording = recording;
    const begun = this.#begun;
    void recording.broken.then(() => {
      recording.end({ why: 'disk' });
      this.#forget(begun);
    });
    if (this.#ended) recording.end({ why: 'closed' });
    return recording;
  }

  readonly requested = ({ method, path, status }: WebRequest): void => {
    const line = `${printable(method, 16)} ${printable(withoutValues(path), longestPath)} ${status}\r\n`;
    this.#recording?.output(Buffer.from(line));
  };

  end(): void {
    this.#ended = true;
    this.#recording?.end({ why: 'closed' });
  }
}

/** `/v1/recordings?grant=…&limit=…`: what was asked, and not for whom. */
function withoutValues(path: string): string {
  const at = path.indexOf('?');
  if (at < 0) return path;
  const names = path
    .slice(at + 1)
    .split('&')
    .map((pair) => pair.split('=', 1)[0] ?? '');
  return `${path.slice(0, at)}?${names.map((name) => `${name}=…`).join('&')}`;
}
