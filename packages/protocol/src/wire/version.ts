/**
 * The version of Sallyport's own messages (tunnel, enrolment, hello, pairing). Every first message of a connection
 * carries it as `v`. A side that is spoken to in a version it does not know answers `version-unsupported`; fields it
 * does not know are ignored, so that a version only changes when an old side would misunderstand.
 */
export const protocolVersion = 1;
