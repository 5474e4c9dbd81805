import { wireErrorSchema } from '@sallyport/protocol/errors';
import { grantIdSchema, ticketSchema } from '@sallyport/protocol/grant';
import {
  deviceIdSchema,
  hostSchema,
  representativeIdSchema,
  sha256HexSchema,
} from '@sallyport/protocol/identity';
import { z } from 'zod';

/** What nodes tell one another. None of it is trusted for a decision: who hears it looks into the database. */
export const busEventSchema = z.discriminatedUnion('kind', [
  /** To the node that holds the device's tunnel. */
  z.object({
    kind: z.literal('knock'),
    to: hostSchema,
    device: deviceIdSchema,
    grant: grantIdSchema,
    ticket: ticketSchema,
    dial: hostSchema,
    representative: representativeIdSchema,
    key: sha256HexSchema,
  }),
  /** The device, or the node of its tunnel, does not follow a knock. The node that holds the ticket acts. */
  z.object({
    kind: z.literal('declined'),
    device: deviceIdSchema,
    ticket: ticketSchema,
    error: wireErrorSchema,
  }),
  /** A device has a newer tunnel at `node`. */
  z.object({
    kind: z.literal('tunnel-moved'),
    device: deviceIdSchema,
    epoch: z.number().int().min(0),
    node: hostSchema,
  }),
  /** There is a new revocation: read on from the last number known. */
  z.object({ kind: z.literal('revocation') }),
  /** A grant was closed, or its terms changed: read it again. */
  z.object({ kind: z.literal('grant'), grant: grantIdSchema }),
]);
export type BusEvent = z.infer<typeof busEventSchema>;
export type Knock = Extract<BusEvent, { kind: 'knock' }>;
export type Declined = Extract<BusEvent, { kind: 'declined' }>;

/** Nodes of one relay, seen from one of them. What one publishes, all hear, itself included. */
export interface Bus {
  /** Tells all nodes. Never throws: what cannot be told is logged; the database stays the truth. */
  publish(event: BusEvent): void;
  /** Calls `listener` with every event from now on. */
  onEvent(listener: (event: BusEvent) => void): void;
  /** Calls `listener` when the bus works again after a time in which events may have been missed. */
  onBack(listener: () => void): void;
  close(): Promise<void>;
}
