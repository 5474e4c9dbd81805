/**
 * Loaded into a program before its own main module (`NODE_OPTIONS=--import=…`): on SIGUSR2 it collects all garbage, and
 * says so on standard output. It changes nothing else of the program.
 */
let times = 0;
process.on('SIGUSR2', () => {
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
  gc?.();
  times += 1;
  process.stdout.write(`collected ${times}\n`);
});
