import { createSecretKey, type KeyObject } from 'node:crypto';
import { createRequire } from 'node:module';

/**
 * The parts of ssh2 that are used here: its transport (key exchange, ciphers, packets; RFC 4253) and its parsing of
 * messages. Its `Server` is not: it answers for itself what has to be answered with a sentence here, it writes without
 * asking whether the other end reads, it mixes up what waits when both stdout and stderr have to wait, and it gives up
 * a client that is silent for 45 s, as every suspended one is. Channels are in `channel.ts` (RFC 4254).
 */
export type SshTransport = {
  /** What waits for a key exchange to be over. */
  readonly _queue: readonly Buffer[] | undefined;
  start(): void;
  /** @throws on anything that is not SSH; the connection cannot go on then */
  parse(chunk: Buffer, from: number, to: number): void;
  cleanup(): void;
  disconnect(reason: number): void;
  serviceAccept(name: string): void;
  authSuccess(): void;
  authFailure(methods: readonly string[]): void;
  requestSuccess(): void;
  requestFailure(): void;
  channelOpenConfirm(remote: number, local: number, windowBytes: number, packetBytes: number): void;
  channelOpenFail(remote: number, reason: number, description: string): void;
  channelData(remote: number, data: Buffer): void;
  channelExtData(remote: number, data: Buffer, type: 1): void;
  channelWindowAdjust(remote: number, bytes: number): void;
  channelSuccess(remote: number): void;
  channelFailure(remote: number): void;
  channelEOF(remote: number): void;
  channelClose(remote: number): void;
  exitStatus(remote: number, status: number): void;
  /** @throws when SSH has no name for the signal */
  exitSignal(remote: number, name: string, coreDumped: boolean, text: string): void;
};

/** A request to open a channel. `data` depends on `type`; see `connection.ts`. */
export type ChannelOpen = {
  readonly type: string;
  readonly sender: number;
  readonly window: number;
  readonly packetSize: number;
  readonly data: unknown;
};

/** What ssh2 calls with each message that arrived whole and well-formed. */
export type SshMessages = {
  DISCONNECT(transport: unknown, reason: number): void;
  SERVICE_REQUEST(transport: unknown, name: string): void;
  USERAUTH_REQUEST(transport: unknown, user: string, service: string, method: string): void;
  GLOBAL_REQUEST(transport: unknown, name: string, wantReply: boolean): void;
  CHANNEL_OPEN(transport: unknown, open: ChannelOpen): void;
  CHANNEL_DATA(transport: unknown, local: number, data: Buffer): void;
  CHANNEL_WINDOW_ADJUST(transport: unknown, local: number, bytes: number): void;
  CHANNEL_REQUEST(transport: unknown, local: number, type: string, wantReply: boolean, data: unknown): void;
  CHANNEL_EOF(transport: unknown, local: number): void;
  CHANNEL_CLOSE(transport: unknown, local: number): void;
};

type HostKey = { readonly type: string };
type TransportOptions = {
  server: true;
  ident: string;
  hostKeys: Readonly<Record<string, HostKey>>;
  offer: object;
  onWrite: (bytes: Buffer) => void;
  onError: (error: Error) => void;
  onHandshakeComplete: () => void;
  messageHandlers: SshMessages;
};

const require = createRequire(import.meta.url);
// As of ssh2 1.17; the version is fixed in package.json, since these are not its public face.
const Transport = require('ssh2/lib/protocol/Protocol.js') as new (
  options: TransportOptions,
) => SshTransport & Ciphers;
const { KexInit } = require('ssh2/lib/protocol/kex.js') as { KexInit: new (lists: object) => object };
const { parseKey } = require('ssh2/lib/protocol/keyParser.js') as { parseKey(text: string): HostKey | Error };

/**
 * AES-GCM alone, whatever the client would prefer: the one cipher that Node runs fast here, and every OpenSSH since 6.2
 * has it. No compression. What protects the session is the TLS around it, with its post-quantum key exchange.
 */
const ciphers = {
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com'],
  mac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-256'],
  compress: ['none'],
  lang: [],
};
const keyExchanges = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'kex-strict-s-v00@openssh.com',
];

/**
 * OpenSSH's client does some things only for a server whose name begins so: it tells when nobody reads any more what a
 * command prints, without which `ssh … | head` would never end.
 */
const identification = 'OpenSSH_Sallyport';

/** Its two ciphers; after each key exchange they are others. */
type Ciphers = {
  readonly _cipher: { _encKey?: Uint8Array | KeyObject };
  readonly _decipher: { _decipherKey?: Uint8Array | KeyObject } | undefined;
};

/**
 * Makes the keys ready once. ssh2 makes a cipher of Node's for each packet, and from bare bytes Node makes a key first:
 * that took as long as the encryption of 32 KiB.
 */
function holdKeys({ _cipher: out, _decipher: back }: Ciphers): void {
  if (out._encKey instanceof Uint8Array) out._encKey = createSecretKey(out._encKey);
  if (back?._decipherKey instanceof Uint8Array) back._decipherKey = createSecretKey(back._decipherKey);
}

/** A new SSH server's transport. @throws when the host key cannot be read */
export function openTransport(
  hostKey: string,
  options: Pick<TransportOptions, 'onWrite' | 'onError' | 'onHandshakeComplete' | 'messageHandlers'>,
): SshTransport {
  const key = parseKey(hostKey);
  if (key instanceof Error) throw new Error('the host key of the grant cannot be read', { cause: key });
  const transport: SshTransport & Ciphers = new Transport({
    ...options,
    onHandshakeComplete: () => {
      holdKeys(transport);
      options.onHandshakeComplete();
    },
    server: true,
    ident: identification,
    hostKeys: { [key.type]: key },
    offer: new KexInit({ kex: keyExchanges, serverHostKey: [key.type], cs: ciphers, sc: ciphers }),
  });
  return transport;
}
