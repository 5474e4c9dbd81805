import type { Duplex } from 'node:stream';
import { startFilesWorker } from '../files/index.ts';
import { joining } from '../processes/index.ts';
import { ways } from './access.ts';
import type { SessionContext } from './context.ts';
import type { Place } from './openChannels.ts';
import type { ChannelExit } from './types.ts';

/** SFTP in a process of its own, which looks after roots and rights; here its bytes pass. */
export type FilesProgram = {
  readonly stream: Duplex;
  /** Ends it at once. */
  kill(): void;
  /** Once the process is gone. */
  readonly exited: Promise<ChannelExit>;
};

/** @throws device-exhausted when the system has no descriptor to give */
export function startFiles(context: SessionContext, place: Place): FilesProgram {
  const { session, options, mark } = context;
  const containment = context.containment();
  const worker = startFilesWorker({
    runAs: options.runAs,
    roots: options.fileRoots,
    forbidden: options.forbidden,
    write: session.allows(ways.sshSubsystem['sftp that changes']),
    mark: mark.session,
    environment: {
      SALLYPORT_REPRESENTATIVE: mark.representative,
      SALLYPORT_GRANT: mark.grant,
      SALLYPORT_AGENT: mark.agent,
    },
    wrapper: joining(containment),
    join: (pid) => containment.started(pid),
  });
  worker.onEvent((event) => session.record.file(place.id, event));
  const ended = async (): Promise<ChannelExit> => {
    const { code, signal, said } = await worker.exited;
    if (worker.pid !== undefined) containment.ended(worker.pid);
    if (code !== 0) options.log.warn('files-worker-failed-1', { session: session.id, code, signal, said });
    return signal === null ? { code: code ?? 255 } : { signal };
  };
  return { stream: worker.stream, kill: worker.kill, exited: ended() };
}
