/** Both ends of an inner connection, made of the protocol's own parts, so that either may lie. */
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { type GrantId, Otp, type PortNumber } from '@sallyport/protocol/grant';
import type { Authority, PeerIdentity } from '@sallyport/protocol/identity';
import { pairAsRepresentative, pairOnDevice } from '@sallyport/protocol/pairing';
import {
  type FromDeviceHello,
  type FromRepresentative,
  fromDeviceHelloSchemas,
  fromRepresentativeSchemas,
  HelloChannel,
  receiveAnswer,
} from '@sallyport/protocol/session';
import { ResumableStream } from '@sallyport/protocol/stream';
import { connectTls, createTlsAcceptor, pairingSessionId } from '@sallyport/protocol/tls';
import { systemClock } from '@sallyport/runtime/clock';
import { systemRandom } from '@sallyport/runtime/random';
import type { Someone } from './people.ts';

export const clock = systemClock();
const now = (): number => clock.wallMs();
/** More than any answer takes; a test that waits longer is wrong. */
const soon = (): AbortSignal => AbortSignal.timeout(15_000);

export type Line = {
  readonly own: Someone;
  readonly socket: TLSSocket;
  readonly peer: PeerIdentity;
  readonly channel: HelloChannel;
};

/** Inner TLS as the representative, on a half of a session. */
export async function asRepresentative(half: Duplex, own: Someone, authority: Authority): Promise<Line> {
  const made = await connectTls(half, { identity: own.tls, authority, role: 'device', now, clock });
  return { own, ...made, channel: new HelloChannel(made.socket) };
}

/** Inner TLS as the device. */
export async function asDevice(half: Duplex, own: Someone, authority: Authority): Promise<Line> {
  const acceptor = createTlsAcceptor({
    identity: () => own.tls,
    authority,
    roles: ['representative'],
    certificate: 'required',
    now,
    clock,
  });
  const { socket, peer } = await acceptor.accept(half);
  if (!peer) throw new Error('nobody');
  return { own, socket, peer, channel: new HelloChannel(socket) };
}

export const fromRepresentative = (line: Line): Promise<FromRepresentative> =>
  line.channel.receive(fromRepresentativeSchemas, { deadline: soon() });
export const fromDevice = (line: Line): Promise<FromDeviceHello> =>
  line.channel.receive(fromDeviceHelloSchemas, { deadline: soon() });

export function otpOf(text: string): Otp {
  const otp = Otp.parse(text);
  if (!otp) throw new Error(`no OTP: ${text}`);
  return otp;
}

/** An OTP of the right form that is not this one. */
export const otherThan = (otp: string): string => (otp === '111-111-111' ? '222-222-222' : '111-111-111');

/** Says `pair`, and runs CPace with an OTP. @throws as `pairAsRepresentative` */
export async function pair(line: Line, portNumber: number, otp: string): Promise<GrantId> {
  const port = portNumber as PortNumber;
  line.channel.send({ type: 'pair', port });
  const { grant } = await receiveAnswer(line.channel, ['ready'], { deadline: soon() });
  await pairAsRepresentative({
    channel: line.channel,
    otp: otpOf(otp),
    port,
    grant,
    sessionId: pairingSessionId(line.socket),
    own: line.own,
    peer: line.peer,
    random: systemRandom,
    storePin: async () => {},
    deadline: soon(),
  });
  return grant;
}

/** Answers `pair` as a device does, with an OTP. @throws as `pairOnDevice` */
export async function letPair(line: Line, grant: GrantId, otp: string): Promise<PortNumber> {
  const said = await fromRepresentative(line);
  if (said.type !== 'pair') throw new Error(`it said ${said.type}`);
  line.channel.send({ type: 'ready', grant, port: said.port });
  await pairOnDevice({
    channel: line.channel,
    otp: otpOf(otp),
    port: said.port,
    grant,
    sessionId: pairingSessionId(line.socket),
    own: line.own,
    peer: line.peer,
    random: systemRandom,
    clock,
    deadline: soon(),
    record: { started: () => {}, paired: () => {}, left: () => 2 },
  });
  return said.port;
}

export type OpenSession = {
  readonly stream: ResumableStream;
  readonly scopes: readonly string[];
  readonly http2: ClientHttp2Session;
};

/** Says `open`, and begins the stream. @throws what the device refuses with */
export async function open(line: Line, port: number, grant: GrantId): Promise<OpenSession> {
  line.channel.send({ type: 'open', port: port as PortNumber, grant });
  const opened = await receiveAnswer(line.channel, ['opened'], { deadline: soon() });
  const stream = new ResumableStream({ clock, id: opened.stream });
  stream.on('error', () => {});
  stream.attach(line.channel.release(), { generation: 0, peerReceived: 0 });
  const http2 = connectHttp2('http://device', { createConnection: () => stream });
  http2.on('error', () => {});
  return { stream, scopes: opened.scopes, http2 };
}

/** The code of what a promise fails with; undefined if it does not. */
export async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

/** Asks for a channel. @returns its status, and the code of a refusal; `closed` if HTTP/2 itself would not have the name */
export async function askChannel(
  http2: ClientHttp2Session,
  name: string,
): Promise<{ status: number; code: string | undefined }> {
  const channel = http2.request({ ':method': 'CONNECT', ':authority': name });
  channel.on('error', () => {});
  const status = await new Promise<number>((resolve) => {
    channel.once('response', (headers) => resolve(Number(headers[':status'])));
    channel.once('close', () => resolve(0));
  });
  if (status === 0) return { status, code: 'closed' };
  if (status === 200) {
    channel.destroy();
    return { status, code: undefined };
  }
  let body = '';
  for await (const chunk of channel) body += String(chunk);
  const { code, error } = JSON.parse(body) as { code?: string; error?: { code: string } };
  return { status, code: code ?? error?.code };
}
