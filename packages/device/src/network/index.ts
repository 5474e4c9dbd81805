export { lookAtNetwork, resolvers, silentNeighbours } from './look.ts';
export { gatewaysOfProc, neighboursOfProc } from './proc.ts';
export { interfaceNameSchema, sourceOf } from './source.ts';
export { type Gateway, type NetworkView, networkSchema } from './view.ts';
