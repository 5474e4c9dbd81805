/** What code sets aside, held against what it may: all ways in which buffers are made here go through these functions. */
const makers = ['alloc', 'allocUnsafe', 'allocUnsafeSlow', 'concat'] as const;

/** @returns the largest piece of memory, in bytes, that was asked for at once while `act` ran, and how it ended */
export async function largestAllocation(
  act: () => void | Promise<void>,
): Promise<{ largestBytes: number; error: unknown }> {
  let largestBytes = 0;
  const noted = (bytes: unknown): void => {
    if (typeof bytes === 'number' && bytes > largestBytes) largestBytes = bytes;
  };
  const originals = makers.map((name) => [name, Buffer[name]] as const);
  for (const [name, original] of originals) {
    Object.defineProperty(Buffer, name, {
      configurable: true,
      writable: true,
      value: (...args: unknown[]): Buffer => {
        const made = Reflect.apply(original, Buffer, args) as Buffer;
        noted(made.length);
        return made;
      },
    });
  }
  const { ArrayBuffer: own } = globalThis;
  globalThis.ArrayBuffer = new Proxy(own, {
    construct(target, args, newTarget) {
      noted(args[0]);
      return Reflect.construct(target, args, newTarget);
    },
  });
  let error: unknown;
  try {
    await act();
  } catch (thrown) {
    error = thrown;
  } finally {
    globalThis.ArrayBuffer = own;
    for (const [name, value] of originals)
      Object.defineProperty(Buffer, name, { configurable: true, writable: true, value });
  }
  return { largestBytes, error };
}
