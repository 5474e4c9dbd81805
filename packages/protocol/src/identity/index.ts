export {
  type Authority,
  type AuthorityPems,
  authorityName,
  certificateCap,
  parseAuthority,
  parseIntermediate,
  parseRoot,
  rootSha256,
} from './authority.ts';
export { certificateSha256, keySha256, keySha256OfPem } from './fingerprint.ts';
export {
  deviceIdSchema,
  hostSchema,
  idPatterns,
  isNodeOf,
  type Role,
  representativeIdSchema,
  roles,
  sha256HexSchema,
  subjectName,
} from './names.ts';
export { makeKeyAndRequest } from './request.ts';
export { type TrustCheck, untrusted } from './untrusted.ts';
export { keyPurposes, type PeerIdentity, type VerifyOptions, verifyLeaf, verifyPeer } from './verify.ts';
