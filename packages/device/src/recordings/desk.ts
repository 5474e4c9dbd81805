import { X509Certificate } from 'node:crypto';
import type { Readable } from 'node:stream';
import { fail as protocolFail } from '@sallyport/protocol/errors';
import { fail } from '../errors/index.ts';
import type { IdentityStore } from '../identity/index.ts';
import type { Settings } from '../state/index.ts';
import type { RecordingFileName, RecordingsFolder } from './folder.ts';
import { lockedText, lockFault } from './lock.ts';
import { type RecordingQuery, RecordingsLook } from './look.ts';
import { policyOf, type RecordingPolicy } from './policy.ts';
import type { Recordings } from './recordings.ts';
import { trustOf, type VerdictView, verifyFile, viewVerdict } from './verdict.ts';
import type { RecordingView } from './view.ts';

/** Files that are verified or given out at once: each is read at the speed of the disk. */
const atOnce = 4;

/** Whether the one who asks may see a recording. */
type Mine = (view: RecordingView) => boolean;

/** What the API asks of recordings. Who may not see one learns nothing of it. */
export type RecordingsDesk = {
  policy(): RecordingPolicy;
  /** What is left out stays as it is. */
  setPolicy(change: { readonly [K in keyof RecordingPolicy]?: RecordingPolicy[K] | undefined }): void;
  /** The newest first. */
  list(query: RecordingQuery): Promise<RecordingView[]>;
  /** @throws recording-unknown */
  view(id: string, mine: Mine): Promise<RecordingView>;
  /** The file as it is. @throws recording-unknown, recording-not-opened, rate-limited */
  read(
    id: string,
    mine: Mine,
  ): Promise<{ readonly stream: Readable; readonly bytes: number; readonly name: string }>;
  /** @throws recording-unknown, recording-not-opened, rate-limited, not-enrolled */
  verify(id: string, mine: Mine): Promise<VerdictView>;
};

export function recordingsDesk(options: {
  readonly folder: RecordingsFolder;
  readonly identity: Pick<IdentityStore, 'required'>;
  readonly recordings: Pick<Recordings, 'isRunning'>;
  readonly settings: Settings;
  readonly configured: RecordingPolicy;
}): RecordingsDesk {
  const { folder, identity, recordings, settings, configured } = options;
  const look = new RecordingsLook(folder, (id) => recordings.isRunning(id));
  let busy = 0;
  const takePlace = (): void => {
    if (busy >= atOnce) {
      throw protocolFail('rate-limited', { details: { limit: `${atOnce} recordings at once` } });
    }
    busy += 1;
  };
  async function find(
    id: string,
    mine: Mine,
  ): Promise<{ readonly file: RecordingFileName; readonly view: RecordingView }> {
    const file = folder.find(id);
    const view = await look.view(file);
    if (!view || !mine(view)) throw fail('recording-unknown');
    return { file, view };
  }
  const policy = (): RecordingPolicy => policyOf(settings, configured);
  return {
    policy,
    setPolicy(change) {
      const said = Object.entries(change).filter(([, value]) => value !== undefined);
      settings.set('recordings', JSON.stringify({ ...policy(), ...Object.fromEntries(said) }));
    },
    list: (query) => look.list(query),
    view: async (id, mine) => (await find(id, mine)).view,
    async read(id, mine) {
      const { file } = await find(id, mine);
      takePlace();
      try {
        const handle = await folder.open(file);
        const { size: bytes } = await handle.stat();
        // What is added meanwhile is for the next time: the length was told.
        const stream = handle.createReadStream({ ...(bytes > 0 ? { end: bytes - 1 } : {}), autoClose: true });
        stream.once('close', () => {
          busy -= 1;
        });
        return { stream, bytes, name: file.path.slice(file.path.lastIndexOf('/') + 1) };
      } catch (error) {
        busy -= 1;
        throw error;
      }
    },
    async verify(id, mine) {
      const { file, view } = await find(id, mine);
      const { id: device, authority, tls } = identity.required();
      takePlace();
      try {
        if (file.locked) return await verifyLocked(folder, file, view, new X509Certificate(tls.certificate));
        await using handle = await folder.open(file);
        const running = recordings.isRunning(file.id);
        return viewVerdict(id, await verifyFile(handle, { trusted: trustOf(device, authority) }), running);
      } finally {
        busy -= 1;
      }
    },
  };
}

async function verifyLocked(
  folder: RecordingsFolder,
  file: RecordingFileName,
  { id, bytes }: RecordingView,
  certificate: X509Certificate,
): Promise<VerdictView> {
  const fault = await lockFault(folder, file, certificate);
  const verdict = fault === undefined ? 'locked' : 'tampered';
  return { id, verdict, text: fault ?? lockedText, lines: 0, bytes };
}
