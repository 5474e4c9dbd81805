export { mustFit } from './fit.ts';
export {
  type EndReason,
  endReasons,
  type Failure,
  failureOf,
  failuresPerKey,
  failuresPerPassword,
  type Grant,
  type GrantState,
  type HostKey,
  type Password,
  type Pin,
  pinOf,
  triesLeft,
} from './grant.ts';
export {
  type GrantEffect,
  type GrantEvent,
  type GrantStep,
  step,
  type Who,
  type Widening,
} from './machine.ts';
export { GrantShell, type GrantShellOptions, type OutwardEffect } from './shell.ts';
export { beginSpan, type Moment, runOn, type Span, takeUp } from './span.ts';
