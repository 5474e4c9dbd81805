import { fail, SallyportError } from '../errors/index.ts';

type Step<S, F> = { readonly state: S; readonly effects: readonly F[] };
type Broken = { readonly on: 'broken'; readonly error: SallyportError };

/**
 * Runs a machine of this folder to its end: performs the effects of a step in their order, and takes the next event
 * from them or, if they give none, from the other side. What fails on the way is the event `broken`; an effect after
 * one that failed is not performed. Ends when a step in `paired` or `failed` has been performed, and gives that state.
 */
export async function drive<S extends { at: string }, V extends { on: string }, F>(machine: {
  first: Step<S, F>;
  step(state: S, event: V | Broken): Step<S, F>;
  perform(effect: F): V | undefined | Promise<V | undefined>;
  receive(): Promise<V>;
}): Promise<S> {
  let { state, effects } = machine.first;
  for (;;) {
    let event: V | Broken | undefined;
    try {
      for (const effect of effects) event = (await machine.perform(effect)) ?? event;
      if (state.at === 'paired' || state.at === 'failed') return state;
      event ??= await machine.receive();
    } catch (error) {
      event = {
        on: 'broken',
        error: error instanceof SallyportError ? error : fail('internal', { cause: error }),
      };
    }
    ({ state, effects } = machine.step(state, event));
  }
}
