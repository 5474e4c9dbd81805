import { portSteps } from '@sallyport/protocol/connectionCode';
import { z } from 'zod';
import { problemSchema } from '../agent/status.ts';

export const stepNames = ['tcp', 'tls', 'health', 'websocket'] as const;

const stepSchema = z.object({
  step: z.enum(stepNames),
  ok: z.boolean(),
  ms: z.number(),
  problem: problemSchema.nullable(),
});
export type Step = z.infer<typeof stepSchema>;

const waySchema = z.object({
  port: z.number(),
  family: z.union([z.literal(4), z.literal(6)]),
  address: z.string(),
  proxy: z.boolean().optional().describe('Whether it goes through the proxy that is set'),
  steps: z.array(stepSchema).describe('Those that are over, in order; after one that failed there is none'),
  smallPasses: z
    .boolean()
    .optional()
    .describe('Where TLS got no answer: whether a message in one small packet gets one'),
});
/** One port at one address of the relay, and how far it leads. */
export type Way = z.infer<typeof waySchema>;

const details = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

/** A connection test, from its start on. What is not known yet is null or empty. */
export const connectionTestSchema = z.object({
  id: z.string(),
  startedAt: z.string().describe('ISO 8601, UTC'),
  running: z.boolean(),
  ms: z.number().describe('How long it took, so far'),
  host: z.string(),
  name: z.object({ ok: z.boolean(), ms: z.number() }).nullable().describe('Whether the name has an address'),
  addresses: z.array(z.string()),
  servers: z
    .array(
      z.object({
        address: z.string(),
        outcome: z.enum(['answered', 'unknown', 'silent']),
        addresses: z.array(z.string()),
        ms: z.number(),
      }),
    )
    .describe('What each DNS server says of the name; unknown: that it does not know it'),
  ways: z.array(waySchema),
  ports: z.array(
    z.object({
      port: z.number(),
      reached: z.enum(portSteps).describe('How far the best way on this port leads; websocket: it works'),
      ms: z.number(),
      problem: problemSchema.nullable(),
      workedAt: z.string().optional().describe('When this port worked last, before this test'),
    }),
  ),
  clockOffMs: z.number().nullable().describe("How far the device's clock is ahead of the relay's"),
  verdict: z.object({ code: z.string(), text: z.string(), details }).nullable(),
  advice: z.array(z.object({ code: z.string(), text: z.string(), next: z.string(), details })),
  code: z.string().nullable().describe('All this in eight characters, for `sallyport decode`'),
  held: z
    .object({
      running: z.boolean(),
      longestMs: z.number().describe('How long the longest of them is held'),
      ways: z.array(
        z.object({
          port: z.number(),
          address: z.string(),
          livedMs: z.number().describe('The longest silence that a connection outlived; 0 for none so far'),
          cutMs: z.number().nullable().describe('The shortest silence that ended one; null for none so far'),
        }),
      ),
    })
    .optional()
    .describe('Connections on which nothing is said, held behind the test: how long they live'),
  firewall: z.string().nullable().describe('What whoever looks after the firewall has to allow'),
  firewallFacts: z
    .object({
      from: z.array(z.string()).describe("The device's own addresses"),
      host: z.string(),
      addresses: z.array(z.string()).describe('Of the host, if it is a name'),
      ports: z.array(z.number()),
      proxy: z.string().optional(),
    })
    .optional()
    .describe('What `firewall` says in English'),
});
export type ConnectionTest = z.infer<typeof connectionTestSchema>;
