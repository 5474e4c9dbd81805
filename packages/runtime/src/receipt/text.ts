import type { Note, Standing, Statement, Verified } from '@sallyport/protocol/receipt';
import { formatMoment, printable } from '@sallyport/protocol/text';

const standings: { readonly [standing in Standing]: string } = {
  both: 'Device and representative signed the same statement.',
  'device-alone': 'The device alone signed it: the representative was gone, or did not answer in time.',
  'representative-alone':
    'The representative alone signed it: the device was gone. It says what the representative knows, and no more.',
  disputed: 'The device signed it; the representative signed that it is wrong.',
};

const notes: { readonly [note in Note]: string } = {
  'device-certificate-dates': "By its dates, the device's certificate was not valid at that time.",
  'representative-certificate-dates':
    "By its dates, the representative's certificate was not valid at that time.",
  'clock-wrong': 'The clock of the device was wrong: its times are not those of the relay.',
  'lists-cut':
    'There was more than a receipt lists. Its digests bind the rest, which the audit log of the device has.',
};

/** What a good receipt says, for people. Everything foreign is printable. */
export function receiptText({ standing, statement, hash, vouch, root, notes: told }: Verified): string {
  const { device, representative, grant, port, reference, from, to, why } = statement;
  const lines = [
    standings[standing],
    ...(vouch?.reason === undefined ? [] : [`  because ${printable(vouch.reason)}`]),
    ...(vouch && standing === 'both' && vouch.covers === 'connections'
      ? [
          '  The representative vouches for the session, and not for what other programs (such as ssh) did within.',
        ]
      : []),
    ...told.map((note) => `Note: ${notes[note]}`),
    '',
    `Device          ${device.id}, key ${device.key}`,
    `Representative  ${representative.id}, key ${representative.key}`,
    `Grant           ${grant}, port number ${port}${reference === undefined ? '' : `, reference ${printable(reference)}`}`,
    `Allowed         ${statement.scopes.join(', ')}`,
    `Session         ${statement.session}${statement.number > 0 ? `, receipt ${statement.number} of this grant` : ''}`,
    `From, to        ${moment(from)}, ${moment(to)} (${clocks[statement.clock]})`,
    `Ended           ${why}; connection lost ${statement.suspensions} times`,
    ...list('Channels', statement.channels, channel),
    ...list('Files', statement.files, file),
    ...list('Refused', statement.refusals, ({ what, scope }) =>
      scope === undefined ? printable(what) : `${printable(what)} (${scope})`,
    ),
    ...list('Recordings', statement.recordings, ({ id, head }) => `${printable(id)}  ${head}`),
    '',
    `Statement       ${hash}`,
    `Maker's root    ${root}`,
  ];
  return lines.join('\n');
}

const clocks: { readonly [clock in Statement['clock']]: string } = {
  relay: 'right by the relay',
  own: 'by its own clock',
  wrong: 'by a clock that was wrong',
};
const moment = (ms: number): string => formatMoment(new Date(ms).toISOString());

function list<T>(
  name: string,
  { count, items }: { readonly count: number; readonly items: readonly T[] },
  line: (item: T) => string,
): string[] {
  const rest = count - items.length;
  return [
    `${name.padEnd(15)} ${count}`,
    ...items.map((item) => `  ${line(item)}`),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ];
}

function channel(item: Statement['channels']['items'][number]): string {
  const { kind, what, bytesIn, bytesOut, exitCode, signal } = item;
  const exit = exitCode !== undefined ? `, exit ${exitCode}` : signal !== undefined ? `, ${signal}` : '';
  return `${kind}  ${printable(what)}  ${bytesIn} bytes in, ${bytesOut} out${exit}`;
}

function file(item: Statement['files']['items'][number]): string {
  const { what, path, to, sha256, result } = item;
  const next = to === undefined ? '' : ` to ${printable(to)}`;
  const digest = sha256 === undefined ? '' : `  ${sha256}`;
  return `${what}  ${printable(path)}${next}${digest}${result === undefined ? '' : `  ${result}`}`;
}
