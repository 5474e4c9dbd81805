import type { Duplex } from 'node:stream';
import type { Place } from './openChannels.ts';

/**
 * Joins a channel and what it leads to, until both directions have ended: bytes, back-pressure and half-close pass both
 * ways; a failure of either ends the other at once. Bytes are counted at the channel.
 */
export function couple(channel: Duplex, target: Duplex, place: Place): Promise<void> {
  return new Promise((resolve) => {
    const bothEnded = (): void => {
      if (!channel.destroyed || !target.destroyed) return;
      place.close();
      resolve();
    };
    const cut = (): void => {
      channel.destroy();
      target.destroy();
    };
    for (const stream of [channel, target]) {
      stream.on('error', cut);
      stream.on('close', () => {
        // Closed without its end: cut off. Closed with it: what it wrote last may still be under way to the other.
        if (!stream.readableEnded) cut();
        bothEnded();
      });
    }
    channel.on('data', (chunk: Buffer) => place.countIn(chunk.length));
    target.on('data', (chunk: Buffer) => place.countOut(chunk.length));
    channel.pipe(target);
    target.pipe(channel);
    if (channel.destroyed || target.destroyed) {
      cut();
      bothEnded();
    }
  });
}
