/**
 * The tunnel's life. A line is `states --event--> state`, or `same` (the state stays, something is done), or `ignored`.
 *
 *   off                   --start-->    dialling
 *   dialling, up, resting --start-->    ignored
 *   dialling              --opened-->   up
 *   off, up, resting      --opened-->   ignored
 *   dialling, up          --lost-->     resting
 *   off, resting          --lost-->     ignored
 *   resting               --rested-->   dialling
 *   off, dialling, up     --rested-->   ignored
 *   dialling              --network-->  dialling
 *   resting               --network-->  dialling
 *   up                    --network-->  same
 *   off                   --network-->  ignored
 *   dialling, up, resting --stop-->     off
 *   off                   --stop-->     ignored
 */
export type TunnelState =
  | { readonly at: 'off' }
  | { readonly at: 'dialling'; readonly failures: number }
  | { readonly at: 'up'; readonly failures: number; readonly sinceMs: number }
  | { readonly at: 'resting'; readonly failures: number };

export type TunnelEvent =
  | { readonly type: 'start' }
  /** The relay said `opened`. `nowMs` is monotonic. */
  | { readonly type: 'opened'; readonly nowMs: number }
  /** The connection, or the try to make one, is gone. */
  | { readonly type: 'lost'; readonly nowMs: number; readonly pace: Pace }
  | { readonly type: 'rested' }
  /** This machine's addresses changed, or it woke up. */
  | { readonly type: 'network' }
  | { readonly type: 'stop' };
/** `asked`: the relay named the time to come back. `slow`: refused; coming back soon would change nothing. */
export type Pace = 'jitter' | 'slow' | { readonly asked: number };

export type TunnelEffect =
  | { readonly do: 'dial' }
  | { readonly do: 'hang-up' }
  | { readonly do: 'probe' }
  | { readonly do: 'rest'; readonly failures: number; readonly pace: Pace };

/** A tunnel that stood this long was good: the next failure is a first one again. In milliseconds. */
const steadyMs = 10_000;

export function step(
  state: TunnelState,
  event: TunnelEvent,
): { readonly state: TunnelState; readonly effects: readonly TunnelEffect[] } {
  const ignored = { state, effects: [] };
  switch (event.type) {
    case 'start':
      if (state.at !== 'off') return ignored;
      return { state: { at: 'dialling', failures: 0 }, effects: [{ do: 'dial' }] };
    case 'opened':
      if (state.at !== 'dialling') return ignored;
      return { state: { at: 'up', failures: state.failures, sinceMs: event.nowMs }, effects: [] };
    case 'lost': {
      if (state.at !== 'dialling' && state.at !== 'up') return ignored;
      const steady = state.at === 'up' && event.nowMs - state.sinceMs >= steadyMs;
      const failures = steady ? 1 : state.failures + 1;
      return {
        state: { at: 'resting', failures },
        effects: [{ do: 'hang-up' }, { do: 'rest', failures, pace: event.pace }],
      };
    }
    case 'rested':
      if (state.at !== 'resting') return ignored;
      return { state: { at: 'dialling', failures: state.failures }, effects: [{ do: 'dial' }] };
    case 'network':
      switch (state.at) {
        case 'off':
          return ignored;
        case 'up':
          return { state, effects: [{ do: 'probe' }] };
        case 'dialling':
        case 'resting':
          // What is under way may hang on an address that is gone.
          return { state: { at: 'dialling', failures: 0 }, effects: [{ do: 'hang-up' }, { do: 'dial' }] };
      }
      break;
    case 'stop':
      if (state.at === 'off') return ignored;
      return { state: { at: 'off' }, effects: [{ do: 'hang-up' }] };
  }
}
