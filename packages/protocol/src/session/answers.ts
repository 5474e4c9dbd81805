import type { z } from 'zod';
import { fail, fromWireError, SallyportError, toWireError } from '../errors/index.ts';
import type { HelloChannel } from './frames.ts';
import { fromDeviceHelloSchemas } from './messages.ts';

type Schemas = typeof fromDeviceHelloSchemas;
type Answer<T extends keyof Schemas> = { [K in T]: { type: K } & z.output<Schemas[K]> }[T];

/**
 * The device's next message, which must be one of `types`.
 *
 * @throws what the device refused with (leg `device`), and all that `HelloChannel.receive` throws
 */
export async function receiveAnswer<const T extends keyof Schemas>(
  channel: HelloChannel,
  types: readonly T[],
  options: { deadline: AbortSignal },
): Promise<Answer<T>> {
  const allowed = Object.fromEntries(
    [...types, 'refused' as const].map((t) => [t, fromDeviceHelloSchemas[t]]),
  );
  const message = (await channel.receive(allowed, options)) as Answer<T | 'refused'>;
  if (message.type === 'refused' && !(types as readonly string[]).includes('refused')) {
    const refusal = message as Answer<'refused'>;
    throw fromWireError(refusal.error).at('device');
  }
  return message as Answer<T>;
}

/** Tells the representative that the answer is no, if the connection still carries it. The caller closes it. */
export function refuse(channel: HelloChannel, error: unknown): void {
  try {
    channel.send({ type: 'refused', error: toWireError(error) });
  } catch (cause) {
    // A representative that is gone needs no answer; anything else is a fault of ours.
    if (!(cause instanceof SallyportError) || cause.code !== 'connection-lost')
      throw fail('internal', { cause });
  }
}
