export { lookAtNetwork, resolvers, silentNeighbours } from './look.ts';
export { type NetworkView, networkSchema } from './view.ts';
