export { lookAtGateway } from './gateway.ts';
export {
  type GatewayAnswer,
  type Leg,
  legNames,
  legStates,
  legsOf,
  type PathInput,
  protections,
} from './legs.ts';
export { PathWatch } from './watch.ts';
