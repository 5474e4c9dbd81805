import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { unlessGone } from '../errors/shortage.ts';

/** Descriptors of the agent that a child would inherit: node-pty opens its masters without FD_CLOEXEC. */
const inheritable = new Set<number>();
let scanned = false;
/** Of /dev/null; open from its first use on, so that what takes many descriptors keeps no other program from starting. */
let nothing: number | undefined;
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
 * The `stdio` of a child: its own descriptors, and /dev/null in the place of every descriptor of the agent that
 * would otherwise leak into it. A leaked master would let one session read another's terminal, and would keep a
 * terminal from being hung up when it is closed.
 *
 * @throws EMFILE and the like, when there are too few to start the child
 */
export function childDescriptors<T extends 'pipe' | 'ignore' | number>(
  own: readonly T[],
): (T | 'ignore' | number)[] {
  scanOnce();
  nothing ??= openSync('/dev/null', 'r+');
  // A number that is one of the child's own has that in its place.
  const leaking = [...inheritable].filter((descriptor) => descriptor >= own.length);
  const length = Math.max(own.length, 1 + Math.max(-1, ...leaking));
  const stdio = Array.from({ length }, (_, index): T | 'ignore' | number => own[index] ?? 'ignore');
  for (const descriptor of leaking) stdio[descriptor] = nothing;
  mustHaveRoom(stdio);
  return stdio;
}

/**
 * Node leaves pipes open for good when it runs out of descriptors in the middle of starting a child: so it is tried
 * before. A pipe has two ends, another one tells whether the child started, and the child moves each to its place.
 */
function mustHaveRoom(stdio: readonly ('pipe' | 'ignore' | number)[]): void {
  const pipes = stdio.filter((one) => one === 'pipe').length;
  const moved = stdio.filter((one) => one !== 'ignore').length;
  const tried: number[] = [];
  try {
    while (tried.length < 2 * pipes + moved + 4) tried.push(openSync('/dev/null', 'r'));
  } finally {
    for (const descriptor of tried) closeSync(descriptor);
  }
}

/** What the agent itself was started with, such as the pipe of a service manager. Later ones are all close-on-exec. */
function scanOnce(): void {
  if (scanned) return;
  for (const descriptor of inheritableNow()) inheritable.add(descriptor);
  scanned = true;
}

/**
 * The descriptors above standard error that a child inherits at this moment. Linux; elsewhere none are known.
 *
 * @throws EMFILE and the like
 */
export function inheritableNow(): number[] {
  return unlessGone(() => readdirSync('/proc/self/fdinfo'), [])
    .map(Number)
    .filter((descriptor) => descriptor > 2 && descriptor <= highest && isInheritable(descriptor));
}

function isInheritable(descriptor: number): boolean {
  // It is gone if it is the one by which the folder itself was read.
  const told = unlessGone(() => readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'), '');
  const flags = /^flags:\s*([0-7]+)/m.exec(told)?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0;
}
