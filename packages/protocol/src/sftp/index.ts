export {
  answerTypes,
  attributeFlags,
  dataCap,
  openFlags,
  requestTypes,
  type StatusCode,
  sftpVersion,
  statusCodes,
} from './numbers.ts';
