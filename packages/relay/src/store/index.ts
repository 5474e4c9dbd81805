export { isDatabaseLost, nodeFailure } from './failure.ts';
export {
  commandFailure,
  findTrouble,
  isConflict,
  openStore,
  type Queries,
  type Store,
  type StorePlace,
  storeUnreachable,
  type Writes,
} from './open.ts';
export type {
  AuditTable,
  DeviceTable,
  GrantTable,
  RepresentativeKeyTable,
  RepresentativeTable,
  RevocationTable,
  Tables,
  TokenTable,
} from './schema.ts';
export { Together } from './together.ts';
