export {
  authorityPath,
  hasAuthority,
  hasKeys,
  readAuthority,
  type StoredAuthority,
  type WriteFile,
  writeAuthority,
} from './files.ts';
export { type Issued, type Issuer, makeIssuer } from './issuer.ts';
export { type NodeIdentity, nodeIdentity, nodeRenewMs } from './node.ts';
