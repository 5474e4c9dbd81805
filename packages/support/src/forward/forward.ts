import type { Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { SallyportError } from '@sallyport/protocol/errors';
import { type LoopbackListener, listenOnLoopback } from '../loopback/index.ts';

export type ForwardOptions = {
  readonly localPort: number;
  /** Opens a channel to the target; one for each connection. */
  readonly openChannel: () => Promise<Duplex>;
  /** Told when a connection could not be joined to the target. */
  readonly onFailure: (error: SallyportError) => void;
};

/** Joins connections to a port of this computer with a place as the device sees it. @throws listen-failed */
export function openForward({
  localPort,
  openChannel,
  onFailure,
}: ForwardOptions): Promise<LoopbackListener> {
  return listenOnLoopback({
    port: localPort,
    onSocket: (socket) => {
      openChannel().then(
        (channel) => join(socket, channel),
        (error) => {
          socket.resetAndDestroy();
          if (error instanceof SallyportError) onFailure(error);
        },
      );
    },
  });
}

/** Bytes, back-pressure and half-close pass both ways; a failure of one ends the other. */
function join(socket: Socket, channel: Duplex): void {
  if (socket.destroyed) return void channel.destroy();
  // Else the second part of an answer waits for the acknowledgement of the first, which is held back for 40 ms.
  socket.setNoDelay();
  const cut = (error?: Error | null): void => {
    if (!error) return;
    channel.destroy();
    socket.resetAndDestroy();
  };
  pipeline(socket, channel, cut);
  pipeline(channel, socket, cut);
}
