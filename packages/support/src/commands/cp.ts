import { printJson } from '@sallyport/runtime/command';
import { pause } from '../clock/pause.ts';
import { fail } from '../errors/index.ts';
import {
  copy,
  deviceStore,
  formatBytes,
  localStore,
  makeProgress,
  openPartNotes,
  parsePlaces,
  sizeOf,
} from '../files/index.ts';
import { SftpClient } from '../sftp/index.ts';
import { type SessionOptions, withSession } from './start.ts';

/** The device's file server ends by itself when we do; so long is waited for that. */
const farewellMs = 500;

/** `cp SRC DST`: files and folders, to the device or from it. */
export async function cp(source: string, target: string, options: SessionOptions): Promise<void> {
  const places = parsePlaces(source, target);
  await withSession(String(places.port), options, async (session, { data, clock }) => {
    const toDevice = places.direction === 'to-device';
    session.mustAllow(toDevice ? 'files:write' : 'files:read');
    const sftp = await SftpClient.open(await session.openChannel('files'));
    const device = deviceStore(sftp);
    const [from, to] = toDevice ? [localStore(), device] : [device, localStore()];
    const started = clock.monotonicMs();
    const progress = makeProgress(process.stderr, clock, await sizeOf(from, places.source));
    try {
      const { files, failures } = await copy(
        {
          from,
          to,
          device: session.device,
          notes: openPartNotes(data),
          onFile: (path) => progress.file(path),
          onBytes: (bytes, skipped) => progress.bytes(bytes, skipped),
          onFailure: (error) => progress.say(`sallyport: ${error.message}`),
        },
        places.source,
        places.target,
      );
      progress.end();
      await Promise.race([sftp.end(), pause(clock, farewellMs)]);
      const { bytes, skipped } = progress.totals();
      const seconds = (clock.monotonicMs() - started) / 1_000;
      if (options.json && failures === 0) printJson({ files, bytes, skipped, seconds });
      else if (process.stderr.isTTY) {
        const went = skipped > 0 ? `, ${formatBytes(skipped)} of it before` : '';
        process.stderr.write(
          `${files} file${files === 1 ? '' : 's'}, ${formatBytes(bytes)}${went}, in ${seconds.toFixed(1)} s\n`,
        );
      }
      if (failures > 0)
        throw fail('copied-in-part', { details: { failed: failures, total: files + failures } });
    } finally {
      progress.end();
    }
  });
}
