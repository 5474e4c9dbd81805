/**
 * Loaded into a program before its own main module (`NODE_OPTIONS="--expose-gc --import=…"`): on SIGUSR2 it collects all
 * garbage and says on standard output what is left. It changes nothing else of the program.
 */
process.on('SIGUSR2', () => {
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
  gc?.();
  process.stdout.write(`collected ${JSON.stringify(process.memoryUsage())}\n`);
});
