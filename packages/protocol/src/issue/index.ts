export {
  createAuthority,
  issueIntermediate,
  issueLeaf,
  type Keyed,
  type NewAuthority,
} from './certificate.ts';
export { makeRequest, readRequest } from './request.ts';
export { backdatedMs, validityFrom, validityMs } from './validity.ts';
export { makeWebCertificate, webCertificateMs } from './web.ts';
