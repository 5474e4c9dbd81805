export {
  admit,
  type Caller,
  type RepresentativeCaller,
} from './admit.ts';
export { findUpgrade, type Route, type RouteName, routes } from './routes.ts';
