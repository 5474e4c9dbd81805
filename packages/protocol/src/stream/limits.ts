/** Most bytes in one DATA frame, so that no acknowledgement waits behind more than this in one piece. */
export const dataFrameCap = 128 * 1024;
/** Bytes that may lie unread in one stream: the window that an end offers to the other. It holds a whole DATA frame. */
export const receiveWindowBytes = 16 * 1024 * 1024;
/** Bytes sent and not acknowledged, or accepted and not sent, that one stream keeps: its most, from the budget. */
export const maxReplayBytes = 16 * 1024 * 1024;
/** What a stream may keep even when the budget of its agent is used up, so that it always moves. */
export const replayFloorBytes = 256 * 1024;
/** What the streams of one agent keep together, floors aside. */
export const replayBudgetBytes = 64 * 1024 * 1024;
/** An acknowledgement is sent after so many bytes, or so many milliseconds, whichever comes first. */
export const ackEveryBytes = 64 * 1024;
export const ackWithinMs = 50;
/** A growth of the window is told on its own only when it is this large; else it goes with the next acknowledgement. */
export const windowStepBytes = 4 * 1024 * 1024;
/** What may wait in the writable side of a connection. Acknowledgements and pings wait behind no more than this. */
export const connectionQueueBytes = 128 * 1024;
/** What one connection brings in a turn of the event loop, before the other sessions of the process have theirs. */
export const linkTurnBytes = 256 * 1024;
/** Silence until a ping is sent, and until the connection is given up for dead. */
export const pingAfterMs = 10_000;
export const deadAfterMs = 20_000;
/** Silence until it is given up when there is reason to doubt it. */
export const doubtedMs = 4_000;
/** How long the last frame of a stream may take to leave before its connection is destroyed. */
export const farewellMs = 5_000;
