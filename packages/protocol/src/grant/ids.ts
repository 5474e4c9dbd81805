import { z } from 'zod';
import type { Random } from '../environment/index.ts';

const hex128 = /^[0-9a-f]{32}$/;

/** Names one grant for ever; a port number names it only while it is open. */
export type GrantId = string & { readonly brand: 'GrantId' };
export const grantIdSchema = z
  .string()
  .regex(hex128)
  .transform((text) => text as GrantId);

/** The single-use name by which the relay joins the two halves of a session. */
export type Ticket = string & { readonly brand: 'Ticket' };
export const ticketSchema = z
  .string()
  .regex(hex128)
  .transform((text) => text as Ticket);

/** Names a resumable stream, and with it a session. */
export type StreamId = string & { readonly brand: 'StreamId' };
export const streamIdSchema = z
  .string()
  .regex(hex128)
  .transform((text) => text as StreamId);

const hex = (random: Random): string => Buffer.from(random(16)).toString('hex');
export const makeGrantId = (random: Random): GrantId => hex(random) as GrantId;
export const makeTicket = (random: Random): Ticket => hex(random) as Ticket;
export const makeStreamId = (random: Random): StreamId => hex(random) as StreamId;
