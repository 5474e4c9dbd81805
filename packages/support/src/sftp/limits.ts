/** Bytes of one packet that is read, after its length; a device that announces more is not read on. */
export const packetCap = 512 * 1024;
/** Requests that may wait for their answers. */
export const requestLimit = 1_024;
/** Entries of a folder in one answer. */
export const entriesPerAnswer = 10_000;
