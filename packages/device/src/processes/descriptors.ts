import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';

/** Descriptors of the agent that a child would inherit: node-pty opens its masters without FD_CLOEXEC. */
const inheritable = new Set<number>();
let scanned = false;
const highest = 4_095;
const closeOnExec = 0o2_000_000;

/** From now until `forget`, no child that is started with `childDescriptors` gets this descriptor. */
export function keepFromChildren(descriptor: number): void {
  inheritable.add(descriptor);
}

export function forgetDescriptor(descriptor: number): void {
  inheritable.delete(descriptor);
}

/**
 * The `stdio` of a child: its three own descriptors, and /dev/null in the place of every descriptor of the agent that
 * would otherwise leak into it. A leaked master would let one session read another's terminal, and would keep a
 * terminal from being hung up when it is closed. `release` must be called once the child is started.
 */
export function childDescriptors(own: readonly ('pipe' | 'ignore' | number)[]): {
  stdio: ('pipe' | 'ignore' | number)[];
  release: () => void;
} {
  scanOnce();
  const leaking = [...inheritable].filter((descriptor) => descriptor > 2);
  const length = Math.max(own.length, 1 + Math.max(0, ...leaking));
  const stdio = Array.from({ length }, (_, index): 'pipe' | 'ignore' | number => own[index] ?? 'ignore');
  if (leaking.length === 0) return { stdio, release() {} };
  const nothing = openSync('/dev/null', 'r+');
  for (const descriptor of leaking) stdio[descriptor] = nothing;
  return { stdio, release: () => closeSync(nothing) };
}

/** What the agent itself was started with, such as the pipe of a service manager. Later ones are all close-on-exec. */
function scanOnce(): void {
  if (scanned) return;
  scanned = true;
  for (const descriptor of inheritableNow()) inheritable.add(descriptor);
}

/** The descriptors above standard error that a child inherits at this moment. Linux; elsewhere none are known. */
export function inheritableNow(): number[] {
  try {
    return readdirSync('/proc/self/fdinfo')
      .map(Number)
      .filter((descriptor) => descriptor > 2 && descriptor <= highest && isInheritable(descriptor));
  } catch {
    return [];
  }
}

function isInheritable(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0;
  } catch {
    return false; // The descriptor by which the folder itself was read.
  }
}
