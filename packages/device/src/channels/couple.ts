import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { InputGate } from './inputGate.ts';
import type { Place } from './openChannels.ts';

/** How a channel says what a plain stream cannot say. */
export type ChannelEnds = {
  /** Closes it in a way that is no orderly end. */
  cut(): void;
  /** Whether its end was one: an HTTP/2 stream of Node also ends when it is reset. */
  orderly(): boolean;
  /** What the channel gives goes on only while this lets it; undefined where it has passed a gate already. */
  readonly input?: InputGate;
};

/**
 * Joins a channel and what it leads to, until both directions have ended: bytes, back-pressure and half-close pass both
 * ways; a failure of either cuts the other at once, so that neither takes half of something for all of it. Bytes are
 * counted at the channel.
 */
export function couple(channel: Duplex, target: Duplex, place: Place, ends: ChannelEnds): Promise<void> {
  return new Promise((resolve) => {
    const cut = (): void => {
      if (!channel.destroyed) ends.cut();
      if (target instanceof Socket) target.resetAndDestroy();
      else target.destroy();
    };
    const closed = (stream: Duplex): void => {
      const whole = stream.readableEnded && ends.orderly();
      if (!whole) cut();
      else if (stream === channel) letGo(target);
      if (!channel.closed || !target.closed) return;
      place.close();
      resolve();
    };
    for (const stream of [channel, target]) {
      stream.on('error', cut);
      stream.on('close', () => closed(stream));
    }
    const { input } = ends;
    const goOn = (): void => {
      if (!input?.held && !target.writableNeedDrain) channel.resume();
    };
    channel.on('data', (chunk: Buffer) => {
      place.countIn(chunk.length);
      if (!target.write(chunk)) channel.pause();
    });
    target.on('drain', goOn);
    target.on('data', (chunk: Buffer) => place.countOut(chunk.length));
    channel.on('end', () => {
      if (ends.orderly()) target.end();
      else cut();
    });
    target.pipe(channel);
    if (input) channel.once('close', followGate(input, channel, goOn));
    if (channel.destroyed || target.destroyed) cut();
    if (channel.closed) closed(channel);
    if (target.closed) closed(target);
  });
}

/** Stops reading while the gate is held. @returns how to leave it */
function followGate(gate: InputGate, channel: Duplex, goOn: () => void): () => void {
  if (gate.held) channel.pause();
  return gate.onChange(() => (gate.held ? channel.pause() : goOn()));
}

/** Nobody is there to hear it any more, but what was said to it is said to the end. */
function letGo(target: Duplex): void {
  if (target.writableFinished) target.destroy();
  else target.once('finish', () => target.destroy());
}
