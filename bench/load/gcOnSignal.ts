/**
 * Loaded into a program before its own main module (`NODE_OPTIONS=--import=…`): on SIGUSR2 it collects all garbage, and
 * says so on standard output, with what is left: what JavaScript holds, and what that holds outside of its heap, in bytes. It
 * changes nothing else of the program.
 */
let times = 0;
process.on('SIGUSR2', () => {
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
  gc?.();
  times += 1;
  const { heapUsed, external } = process.memoryUsage();
  process.stdout.write(`collected ${times}: ${heapUsed + external}\n`);
});
