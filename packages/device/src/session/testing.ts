import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { silentLog } from '@sallyport/protocol/environment';
import { fail } from '@sallyport/protocol/errors';
import type { GrantId, Otp, PortNumber, Scope, StreamId, Ticket } from '@sallyport/protocol/grant';
import type { PeerIdentity } from '@sallyport/protocol/identity';
import { pairAsRepresentative } from '@sallyport/protocol/pairing';
import { HelloChannel, receiveAnswer } from '@sallyport/protocol/session';
import { ResumableStream } from '@sallyport/protocol/stream';
import { fakeClock, seededRandom, settle, streamPair } from '@sallyport/protocol/testing';
import { ApprovalQueue, AskDesk } from '../approval/index.ts';
import type { ChannelSession } from '../channels/index.ts';
import { type Grant, GrantShell } from '../grant/index.ts';
import { aGrant, aPort, erin } from '../grant/testing.ts';
import { type AuditEvent, openState } from '../state/index.ts';
import type { Knock } from '../tunnel/index.ts';
import { Refusals } from './refusals.ts';
import { Sessions } from './sessions.ts';

type Who = typeof erin;
const exporter = Buffer.alloc(32, 7);
const deviceCertificate = 'd'.repeat(64);
const certificateOf = (who: Who): string => who.key.replace(/./g, 'c');
const never = new AbortController().signal;

/**
 * The sessions of an agent with an open grant, on a fake clock, and representatives made of the protocol's own parts.
 * Relay and inner TLS are a pair of streams in memory.
 */
export function makeScene(change: Partial<Grant> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-'));
  const random = seededRandom(11);
  const clock = fakeClock();
  const state = openState(folder, random);
  const declined: string[] = [];
  const served: { session: ChannelSession; stream: Duplex; closed: string[] }[] = [];
  const halves: Duplex[] = [];
  let serveFailure: Error | undefined;
  const grant = new GrantShell({
    state,
    clock,
    bootId: 'boot-a',
    random,
    log: silentLog,
    changed: () => {},
    perform: (effect) => {
      if (effect.do === 'end-sessions') void sessions.endAll(fail('grant-ended'));
      if (effect.do === 'tell-relay') sessions.termsChanged();
      if (effect.do === 'end-sessions-of') void sessions.endOf(effect.key, fail('cut-off'));
    },
  });
  const approvals = new ApprovalQueue(clock, () => {});
  const asks = new AskDesk(clock, () => {});
  const refusals = new Refusals();
  const arrivals: { socket: Duplex; peer: Who }[] = [];
  const sessions = new Sessions({
    clock,
    random,
    log: silentLog,
    grant,
    approvals,
    asks,
    refusals,
    revocations: state.revocations,
    device: () => ({ id: 'd-1', certificateSha256: deviceCertificate }),
    meet: async () => {
      const arrival = arrivals.shift();
      if (!arrival) throw fail('relay-no-answer', { details: { host: 'relay.example', ports: 443 } });
      return {
        // The sessions use it as a Duplex only; what TLS proved is in `peer` and `exporter`.
        socket: arrival.socket as TLSSocket,
        peer: {
          id: arrival.peer.representative,
          keySha256: arrival.peer.key,
          certificateSha256: certificateOf(arrival.peer),
        } as PeerIdentity,
        exporter,
      };
    },
    decline: (_ticket, error) => declined.push((error as { code: string }).code),
    serve: (session, stream) => {
      if (serveFailure) throw serveFailure;
      const one = { session, stream, closed: [] as string[] };
      served.push(one);
      stream.on('data', (chunk) => stream.write(chunk));
      stream.on('error', () => {});
      return {
        close: async (error) => void one.closed.push(error.code),
        channels: () => [],
        terminal: () => undefined,
      };
    },
    offers: () => true,
    audit: (event, fields) => state.audit.append(event, fields, clock.wallMs()),
    changed: () => {},
  });
  grant.start();
  grant.apply({
    type: 'enable',
    by: 'alice',
    grant: { ...aGrant, ...change, span: { ...aGrant.span, ...grant.now() } },
  });
  grant.apply({ type: 'opened', port: aPort });

  /** Somebody is on the line with the device, after somebody knocked. */
  function arrive(who: Who = erin, knocks: Who = who): { channel: HelloChannel; end: Duplex; cut(): void } {
    const pair = streamPair();
    for (const end of [pair.a, pair.b]) end.on('error', () => {});
    arrivals.push({ socket: pair.b, peer: who });
    halves.push(pair.a);
    void sessions.follow(knockOf(knocks));
    return { channel: new HelloChannel(pair.a), end: pair.a, cut: () => pair.cut() };
  }

  async function pair(options: { who?: Who; otp?: Otp | undefined; port?: PortNumber } = {}) {
    const { who = erin, otp = grant.otp, port = aPort } = options;
    const line = arrive(who);
    line.channel.send({ type: 'pair', port });
    const ready = await receiveAnswer(line.channel, ['ready'], { deadline: never });
    if (!otp) throw new Error('no OTP to pair with');
    await pairAsRepresentative({
      channel: line.channel,
      otp,
      port,
      grant: ready.grant,
      sessionId: exporter,
      own: { certificateSha256: certificateOf(who) },
      peer: { certificateSha256: deviceCertificate },
      random: seededRandom(23),
      storePin: async () => {},
      deadline: never,
    });
    return line;
  }

  /** Opens a session with a pin that is there. */
  async function open(options: { who?: Who; line?: ReturnType<typeof arrive>; grant?: GrantId } = {}) {
    const line = options.line ?? arrive(options.who);
    line.channel.send({ type: 'open', port: aPort, grant: options.grant ?? aGrant.id });
    const opened = await receiveAnswer(line.channel, ['opened'], { deadline: never });
    const stream = new ResumableStream({ clock, id: opened.stream });
    stream.on('error', () => {});
    stream.attach(line.channel.release(), { generation: 0, peerReceived: 0 });
    await settle();
    return { ...line, opened, stream };
  }

  async function resume(
    stream: ResumableStream,
    options: { who?: Who; generation?: number; id?: StreamId } = {},
  ) {
    const line = arrive(options.who);
    const generation = options.generation ?? stream.generation + 1;
    line.channel.send({
      type: 'resume',
      port: aPort,
      grant: aGrant.id,
      stream: options.id ?? stream.id,
      generation,
      received: stream.received,
    });
    const { received } = await receiveAnswer(line.channel, ['resumed'], { deadline: never });
    stream.attach(line.channel.release(), { generation, peerReceived: received });
    return line;
  }

  return {
    clock,
    grant,
    approvals,
    asks,
    refusals,
    sessions,
    state,
    declined,
    /** What the audit log says of an event, the oldest first. */
    history: (event: AuditEvent) =>
      state.audit
        .list(100)
        .filter((entry) => entry.event === event)
        .map(({ fields }) => fields)
        .reverse(),
    served,
    /** From now on no session can be served. */
    failToServe: (error: Error) => {
      serveFailure = error;
    },
    arrive,
    pair,
    open,
    resume,
    allows: (scope: Scope) => served.at(-1)?.session.allows(scope),
    async close() {
      await sessions.endAll(fail('grant-ended'));
      await sessions.idle();
      grant.stop();
      for (const half of halves) half.destroy();
      state.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export const knockOf = (who: Who, change: Partial<Knock> = {}): Knock => ({
  type: 'knock',
  ticket: 'a'.repeat(32) as Ticket,
  dial: 'relay.example',
  representative: who.representative,
  key: who.key,
  ...change,
});
