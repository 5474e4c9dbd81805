/** Lets 2 GB of buffers of 64 KiB become garbage, and prints how often V8 went through all of its memory. */
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { passedThrough } from './index.ts';

const pieceBytes = 64 * 1024;
let majors = 0;
const observer = new PerformanceObserver((list) => {
  // What Node adds to entries of this type, and its types leave out.
  for (const { detail } of list.getEntries() as unknown as { readonly detail: { readonly kind: number } }[])
    if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) majors += 1;
});
observer.observe({ entryTypes: ['gc'] });
for (let passed = 0; passed < 2e9; passed += pieceBytes) {
  Buffer.allocUnsafeSlow(pieceBytes);
  if (process.argv[2] === 'with') passedThrough(pieceBytes);
  if (passed % (16 * pieceBytes) === 0) await turn();
}
await turn();
console.log(majors);
