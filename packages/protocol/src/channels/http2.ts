/** Flow control of a session's HTTP/2, both ends: 4 MiB a channel, 16 MiB a session (design, section 4, step 8). */
export const streamWindowBytes = 4 * 1024 * 1024;
export const connectionWindowBytes = 16 * 1024 * 1024;
/** Channels at once in a session. */
export const channelLimit = 256;
