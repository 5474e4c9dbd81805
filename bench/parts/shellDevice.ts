/**
 * The device's part of a shell, without relay and encryption of the way: `shellDevice.ts FOLDER|-`. Serves the channels of a session on
 * every connection to a port that it says; recorded into the folder, or not at all, which no agent can do.
 */
import { createServer, type Socket } from 'node:net';
import { silentLog } from '@sallyport/protocol/environment';
import type { GrantId, StreamId } from '@sallyport/protocol/grant';
import { makeRecordingId } from '@sallyport/protocol/recording';
import { testAuthority } from '@sallyport/protocol/zoo';
import { systemClock } from '@sallyport/runtime/clock';
import { systemRandom } from '@sallyport/runtime/random';
import ssh2 from 'ssh2';
import { InputGate, serveChannels } from '../../packages/device/src/channels/index.ts';
import {
  type Recorder,
  Recordings,
  recordingsFolder,
  unrecorded,
  usualPolicy,
} from '../../packages/device/src/recordings/index.ts';

const clock = systemClock();
const grant = 'cd'.repeat(16) as GrantId;
const folder = process.argv[2] ?? '-';
const authority = await testAuthority(clock.wallMs());
const { key, certificate } = await authority.issue('device', 'bench');
const notRecorded: Recorder = {
  next: (one) => makeRecordingId(1, one),
  begin: async (id) => unrecorded(id),
};
const recorded = (): Recorder =>
  new Recordings({
    folder: recordingsFolder(folder),
    identity: { required: () => ({ id: 'bench', tls: { key, certificate } }) as never },
    clock,
    bootId: 'bench',
    moment: () => ({ ms: clock.wallMs(), clock: 'own' }),
    policy: () => usualPolicy,
    grant: () => undefined,
    log: silentLog,
    audit() {},
  });
const recorder = folder === '-' ? notRecorded : recorded();
const hostKey = ssh2.utils.generateKeyPairSync('ed25519').private;

const server = createServer((socket: Socket) => {
  socket.setNoDelay().on('error', () => {});
  serveChannels(
    {
      id: 'ab'.repeat(16) as StreamId,
      grant,
      representative: 'bench@maker.example',
      keySha256: 'ef'.repeat(32),
      hostKey,
      allows: () => true,
      scopes: () => ['terminal'],
      terms: () => ({ scopes: ['terminal'], leftMs: 3_600_000 }),
      onTerms: () => () => {},
      ask: () => {
        throw new Error('nobody asks');
      },
      input: new InputGate(),
      record: { channelOpened() {}, channelClosed() {}, refused() {}, file() {} },
    },
    socket,
    {
      runAs: { kind: 'same-user' },
      fileRoots: ['/'],
      forbidden: [],
      web: { connect: () => ({ host: '127.0.0.1', port: 9 }) },
      ownListeners: () => [],
      recorder,
      clock,
      random: systemRandom,
      log: silentLog,
    },
  );
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
});
