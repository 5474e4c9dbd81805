import { SallyportError } from '@sallyport/protocol/errors';
import type { GrantId } from '@sallyport/protocol/grant';
import type { RecordingId } from '@sallyport/protocol/recording';
import type { RecordingFileName, RecordingsFolder } from './folder.ts';
import { type RecordingView, readEnds, viewOf } from './view.ts';

/** Views of recordings that have ended, which never change, so many are remembered. */
const rememberedViews = 2_000;

/** Which recordings somebody wants to see, the newest first. */
export type RecordingQuery = {
  readonly grant?: GrantId | undefined;
  /** Only what is older than this one. */
  readonly before?: RecordingId | undefined;
  readonly limit: number;
  /** Whether they may see it. */
  readonly mine?: (view: RecordingView) => boolean;
};

/** Looks into the recordings of a folder. */
export class RecordingsLook {
  readonly #folder: RecordingsFolder;
  readonly #running: (id: RecordingId) => boolean;
  readonly #views = new Map<string, RecordingView>();

  constructor(folder: RecordingsFolder, running: (id: RecordingId) => boolean = () => false) {
    this.#folder = folder;
    this.#running = running;
  }

  async list({ grant, before, limit, mine = () => true }: RecordingQuery): Promise<RecordingView[]> {
    const found: RecordingView[] = [];
    for (const file of this.#folder.list()) {
      if (grant !== undefined && file.grant !== grant) continue;
      if (before !== undefined && file.id >= before) continue;
      const view = await this.view(file);
      if (view && mine(view)) found.push(view);
      if (found.length >= limit) break;
    }
    return found;
  }

  /** What is told of one recording; undefined if it is gone by now. */
  async view(file: RecordingFileName): Promise<RecordingView | undefined> {
    const known = this.#views.get(file.path);
    if (known) return known;
    const running = this.#running(file.id);
    const base = { id: file.id, grant: file.grant };
    let view: RecordingView;
    try {
      await using handle = await this.#folder.open(file);
      const { size: bytes } = await handle.stat();
      if (file.locked) view = { ...base, state: 'locked', bytes };
      else view = { ...base, bytes, ...viewOf(await readEnds(handle), running) };
    } catch (error) {
      if (!(error instanceof SallyportError)) throw error;
      if (error.code === 'recording-unknown') return undefined;
      view = { ...base, state: running ? 'running' : 'unreadable', bytes: this.#folder.sizeOf(file) };
      // The next one who looks may be able to.
      if (error.code === 'recording-not-opened') return view;
    }
    if (view.state !== 'running') this.#remember(file.path, view);
    return view;
  }

  #remember(path: string, view: RecordingView): void {
    const [oldest] = this.#views.keys();
    if (oldest !== undefined && this.#views.size >= rememberedViews) this.#views.delete(oldest);
    this.#views.set(path, view);
  }
}
