import { z } from 'zod';

/** The requests within a channel that mean something here (RFC 4254, section 6; RFC 4335), as ssh2 hands them over. */

const size = z.number().int().min(0);

export const ptyRequestSchema = z.object({
  term: z.string().max(64),
  cols: size,
  rows: size,
});
export const windowChangeSchema = z.object({ cols: size, rows: size });
export const variableSchema = z.object({ name: z.string().max(64), value: z.string().max(4_096) });
/** A packet has 35,000 bytes at most, so has a command. No program can be told a NUL. */
export const commandSchema = z
  .string()
  .max(35_000)
  .refine((line) => !line.includes('\0'));
export const subsystemSchema = z.string().max(256);
export const tcpOpenSchema = z.object({ destIP: z.string().max(255), destPort: size });

/** RFC 4254, section 6.9. Others are system-specific, and not taken. */
const signals = [
  'ABRT',
  'ALRM',
  'FPE',
  'HUP',
  'ILL',
  'INT',
  'KILL',
  'PIPE',
  'QUIT',
  'SEGV',
  'TERM',
  'USR1',
  'USR2',
] as const;
export const signalSchema = z.enum(signals).transform((name) => `SIG${name}` as const);

/** The name of a signal for `exit-signal`. One that SSH has no name for is said as the exit status of a shell: 128 + number. */
export function isSshSignal(signal: string): boolean {
  return signals.some((name) => `SIG${name}` === signal);
}
