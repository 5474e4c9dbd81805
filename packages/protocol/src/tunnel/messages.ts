import { z } from 'zod';
import { wireErrorSchema } from '../errors/index.ts';
import {
  grantIdSchema,
  longestGrantMs,
  portNumberSchema,
  scopesSchema,
  streamIdSchema,
  ticketSchema,
} from '../grant/index.ts';
import { hostSchema, representativeIdSchema, sha256HexSchema } from '../identity/names.ts';
import { recordingIdSchema } from '../recording/names.ts';
import type { MessageOf, OutgoingOf } from '../wire/index.ts';

/** The largest message on a tunnel, in bytes. */
export const tunnelMessageCap = 64 * 1024;
/** A ping goes out after this much silence; a tunnel that stays silent for `deadMs` is given up. */
export const tunnelPingMs = 15_000;
export const tunnelDeadMs = 30_000;

/** The end of the year 9999, milliseconds since 1970: no calendar, and no `Date`, goes far beyond. */
export const latestTimeMs = 253_402_300_799_999;

const grantTerms = {
  grant: grantIdSchema,
  /** Milliseconds of the grant that are left. */
  leftMs: z.number().int().min(0).max(longestGrantMs),
  scopes: scopesSchema,
  approval: z.boolean().default(false),
  reference: z.string().max(200).optional(),
};

/** Recordings of which one message tells. */
export const headsAtOnce = 64;

const count = z.number().int().nonnegative();
/** What one seal of a recording says (`protocol/recording`). */
export const recordingHeadSchema = z.object({
  recording: recordingIdSchema,
  session: streamIdSchema,
  seal: z.number().int().min(1),
  lines: count,
  bytes: count,
  sha256: sha256HexSchema,
  /** Nothing comes after it. */
  end: z.boolean(),
});
export type RecordingHeadNote = z.output<typeof recordingHeadSchema>;

/** What a relay may take besides, told in `opened`: an older one ends the tunnel for a message that it does not know. */
export const takable = ['heads'] as const;

/** What a device says on its tunnel. */
export const fromDeviceSchemas = {
  /** The first message: opens the grant, or takes it up again after a reconnect. */
  open: z.object({
    ...grantTerms,
    /** The port number that the grant had. A relay that has forgotten the grant gives it back if it is free. */
    port: portNumberSchema.optional(),
    version: z.string().max(40).default(''),
  }),
  /** The grant's scopes or end changed. */
  change: z.object(grantTerms),
  /** The grant is over: nobody may knock any more. */
  close: z.object({ grant: grantIdSchema, reason: z.enum(['disabled', 'expired']) }),
  /** A knock is not followed: told to the representative at once, instead of a time-out. */
  decline: z.object({ ticket: ticketSchema, error: wireErrorSchema }),
  /**
   * How far recordings of a grant are sealed: noted where the device cannot change it. Only for a relay that takes it.
   * Answered by `noted`.
   */
  heads: z.object({
    id: z.number().int().min(0),
    grant: grantIdSchema,
    recordings: z.array(recordingHeadSchema).min(1).max(headsAtOnce),
    /** The newest entry of the device's audit log. */
    audit: z.object({ seq: z.number().int().min(1), hash: sha256HexSchema }).optional(),
  }),
} as const;
export type FromDevice = MessageOf<typeof fromDeviceSchemas>;
export type ToRelay = OutgoingOf<typeof fromDeviceSchemas>;

/** Why a grant's port number is not the one it had. */
export const portChangeReasons = ['taken', 'forgotten'] as const;

const revocationSchema = z.object({
  key: sha256HexSchema,
  representative: representativeIdSchema,
  reason: z.string().max(200).default(''),
});

/** What the relay says on a tunnel. */
export const fromRelaySchemas = {
  opened: z.object({
    grant: grantIdSchema,
    port: portNumberSchema,
    /** The relay's time, milliseconds since 1970: what the device judges dates by from now on. */
    now: z.number().int().min(0).max(latestTimeMs),
    /** Counts the tunnels of this device; of two, the newer wins. */
    epoch: z.number().int().min(0),
    /** Set if this grant had another port number before. */
    changed: z.object({ from: portNumberSchema, why: z.enum(portChangeReasons) }).optional(),
    /** Keys that may not enter any more: SHA-256 of public keys (SPKI), of revoked representatives. */
    revoked: z.array(sha256HexSchema).max(500).default([]),
    /** Messages that this relay takes besides those that every relay does (`takable`). */
    takes: z.array(z.string().max(40)).max(20).default([]),
    /** The newest of them, with what people want to know. */
    revocations: z.array(revocationSchema).max(16).default([]),
  }),
  /** What `heads` of this number told is stored. */
  noted: z.object({ id: z.number().int().min(0) }),
  /** The grant cannot be opened, or this tunnel ends. */
  refused: z.object({ error: wireErrorSchema }),
  knock: z.object({
    ticket: ticketSchema,
    /** Host name of the node that holds the other half. */
    dial: hostSchema,
    representative: representativeIdSchema,
    /** SHA-256 of the representative's public key (SPKI). */
    key: sha256HexSchema,
  }),
  /** A representative's key may not enter any more; live and suspended sessions end now. */
  revoked: revocationSchema,
  /** The node is about to stop: make a tunnel to another, or come back after `afterMs`. Live sessions go on. */
  drain: z.object({ afterMs: z.number().int().min(0).max(60_000) }),
} as const;
export type FromRelay = MessageOf<typeof fromRelaySchemas>;
export type ToDevice = OutgoingOf<typeof fromRelaySchemas>;
