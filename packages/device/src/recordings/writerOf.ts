import { X509Certificate } from 'node:crypto';
import type { Clock } from '@sallyport/protocol/environment';
import { type RecordingHead, type RecordingId, RecordingWriter } from '@sallyport/protocol/recording';
import { boundedSize } from '../processes/index.ts';
import { iso, type Moment } from './moment.ts';
import type { Signer } from './signer.ts';
import type { RecordingSubject } from './subject.ts';

/** Makes the lines of a recording: by whom, of what, when by each clock there is, and whose seals it bears. */
export function writerOf(
  id: RecordingId,
  subject: RecordingSubject,
  options: {
    readonly clock: Clock;
    readonly bootId: string;
    readonly moment: () => Moment;
    readonly signer: Signer;
  },
): RecordingWriter {
  const { clock, bootId, moment, signer } = options;
  const { session, channel, scope, kind, runAs, command, environment, size } = subject;
  const { ms, clock: state } = moment();
  const { own } = signer;
  const head: RecordingHead = {
    v: 1,
    recording: id,
    device: own.id,
    grant: session.grant,
    ...(session.reference === undefined ? {} : { reference: session.reference }),
    session: session.id,
    channel,
    representative: session.representative,
    keySha256: session.keySha256,
    scope,
    kind,
    runAs,
    at: iso(ms),
    clock: state,
    ownClock: iso(clock.wallMs()),
    bootMs: Math.round(clock.bootMs()),
    boot: bootId,
    certificate: new X509Certificate(own.tls.certificate).raw.toString('base64'),
    ...boundedSize(size),
    term: kind === 'terminal' ? environment['TERM'] : undefined,
    command,
    environment,
  };
  return new RecordingWriter({
    head,
    sign: signer.sign,
    now: () => ({ at: iso(moment().ms), bootMs: clock.bootMs() }),
  });
}
