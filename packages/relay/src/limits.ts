/** Every limit of the relay (design, section 9), in one place. Times in milliseconds, sizes in bytes. */

/** How long a half session waits for its other half, and how long a ticket is good. */
export const halfSessionMs = 10_000;
/** Half sessions that one representative, and one device, may have at a node at once. */
export const halfSessionsPerRepresentative = 4;
export const halfSessionsPerDevice = 8;
/** What a representative may send before the device's half is there; more waits in the kernel. */
export const earlyBytes = 64 * 1024;
/** Splices of one grant at a node: 16 live sessions, their successors after a change of network, and some pairings. */
export const splicesPerGrant = 40;
/** A splice on which no byte moved for this long is closed. Above the longest wait for an approval. */
export const spliceIdleMs = 15 * 60_000;
/** What the other side of a splice has to take what was read already, once one side has ended. */
export const spliceFlushMs = 10_000;
/** What somebody whose upgrade was refused has to read why and to close; then the relay does. */
export const refusedCloseMs = 1_000;

/** Connections that devices hold to see whether idle ones live: of one device, and at a node; for how long; bytes of each. */
export const heldPerDevice = 16;
export const heldConnections = 2_000;
export const heldMs = 10 * 60_000;
export const heldBytes = 1_024;

/** New grants of one device within an hour. */
export const grantsPerHour = 10;
export const grantHourMs = 3_600_000;
/** A grant ends at the relay no later than this after it was opened here, whatever is extended. */
export const grantLongestMs = 24 * 3_600_000;
/** A port number is not given again for this long after its grant ended. */
export const portRestMs = 24 * 3_600_000;
/** How often ends of grants are looked for; a grant ends within a second of its time. */
export const grantTickMs = 250;
/** How often ends of representatives are looked for, who end within a second of their time, too. */
export const representativeEndMs = 500;
/** How often grants of devices that have gone are closed in the database. */
export const expiryCheckMs = 10_000;
/** So many of them are closed in one transaction; then the next ones are looked for. */
export const expiredAtOnce = 100;

/** The first message of a tunnel has to be there by then. */
export const tunnelOpenMs = 10_000;
/** Tunnels of one device at a node, opened or not: its new one, and those whose end was not noticed yet. */
export const tunnelsPerDevice = 4;
/** A tunnel without an open grant is closed after this. */
export const tunnelWithoutGrantMs = 60_000;
/** Messages of one tunnel that wait while one is being dealt with. */
export const tunnelQueue = 32;
/** Messages of one tunnel in ten seconds. */
export const tunnelMessagesPer10s = 100;
/** Heads of recordings of one tunnel: so many at once, as after the relay was away, and then so many a second. Each is an entry of the audit log. */
export const tunnelHeadsAtOnce = 6_000;
export const tunnelHeadsPerSecond = 50;
/** What may wait to be sent on a tunnel before the device is given up as too slow. */
export const tunnelBufferedBytes = 1024 * 1024;
/** Revoked keys told in `opened`: those of the last 25 hours, as certificates last 24; no more than the schema takes. */
export const revokedToldMs = 25 * 3_600_000;
export const revokedTold = 500;
/** So many of them, the newest, are told with name and reason: more does not fit into the message. */
export const revokedToldWhole = 16;

/**
 * Connections on all listeners of a node; those of them whose TLS handshake is not done; and those that are through it
 * and have asked for nothing that lasts. When there are more, one of whoever has the most of them is closed.
 */
export const connections = 20_000;
export const handshakes = 1_000;
/** Of them, those that are begun in one turn of the event loop. */
export const handshakesPerTurn = 8;
export const guests = 2_000;
/** Headers of a request have to be there by then; `connectionsCheckingInterval` makes it exact to a second. */
export const headersMs = 10_000;
export const requestMs = 20_000;
export const keepAliveMs = 30_000;
export const headerBytes = 16 * 1024;

/** How often another process's changes are looked for in SQLite, and in PostgreSQL besides NOTIFY. */
export const sqlitePollMs = 200;
export const postgresPollMs = 2_000;
/** Without the database for this long, a node ends all sessions: it could not learn of revocations. */
export const withoutDatabaseMs = 30_000;
/** How often a node says that it lives, and after which silence the others take it for gone. */
export const nodeBeatMs = 5_000;
export const nodeGoneMs = 20_000;
/** Statements that wait for the database of one node. */
export const storeQueue = 10_000;
/** One statement's longest time. */
export const statementMs = 10_000;

/** A device that is told to come back does so within this time, spread evenly. */
export const drainSpreadMs = 3_000;
/** `--drain` when it is not given. */
export const drainMs = 30_000;

/** The longest life of a token or an invitation, and the one when none is given. */
export const tokenLongestMs = 366 * 24 * 3_600_000;
export const tokenUsualMs = 7 * 24 * 3_600_000;
export const tokenUses = 10_000;
/** Enrolling again with the same key and token answers again for this long: the first answer may have been lost. */
export const joinAgainMs = 3_600_000;
/** Refused secrets from one address within a minute, before it has to wait. */
export const joinFailuresPerMinute = 30;
/** A `close` that fails for want of the database is tried again: so often, after 1 s at first and so long at last. */
export const tunnelCloseTries = 20;
export const tunnelCloseAgainMs = 30_000;

/** What a device has to close its side of a tunnel that was ended. */
export const tunnelCloseMs = 500;
