import type { Duplex } from 'node:stream';
import { SallyportError } from '@sallyport/protocol/errors';
import { type DeviceNotice, HelloChannel, noticeSchemas } from '@sallyport/protocol/session';

/** Hears what the device tells about the session, until the channel ends. Never throws: a session is whole without it. */
export async function hearNotices(
  open: () => Promise<Duplex>,
  hear: (notice: DeviceNotice) => void,
): Promise<void> {
  let stream: Duplex | undefined;
  try {
    stream = await open();
    const channel = new HelloChannel(stream);
    const endless = new AbortController().signal;
    for (;;) {
      try {
        hear(await channel.receive(noticeSchemas, { deadline: endless }));
      } catch (error) {
        // From a later version of the device.
        if (!(error instanceof SallyportError && error.code === 'message-unknown')) throw error;
      }
    }
  } catch {
    // An older device has no such channel; or the session is over, and says why itself.
    stream?.destroy();
  }
}
