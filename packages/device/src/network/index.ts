export { lookAtNetwork, resolvers, silentNeighbours } from './look.ts';
export { type Gateway, type NetworkView, networkSchema } from './view.ts';
