import { formatMoment, printable } from '@sallyport/protocol/text';
import { formatTable } from '@sallyport/runtime/command';
import type { Status } from '../agent/index.ts';

/** `1 h 59 min`, `12 min`, `40 s`: time left, to the nearest minute, in the last two to the second. */
export function formatLeft(ms: number): string {
  if (ms < 120_000) return `${Math.ceil(ms / 1_000)} s`;
  const minutes = Math.round(ms / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** What an administrator reads to the representative. */
export function numbersText(port: number, otp: string): string[] {
  return [
    '',
    `    Port number          ${port}`,
    `    One-time password    ${otp}`,
    '',
    'Read both to your support representative.',
  ];
}

export function endText({ leftMs = 0, endsAt = '' }: Status): string {
  return `Ends in ${formatLeft(leftMs)}, at ${endsAt && formatMoment(endsAt)}; or at once: sallyport-device disable`;
}

/** How Remote Support stands, for people. @param otp the digits, where somebody asked to see them */
export function statusText(status: Status, otp?: string): string {
  const lines = [headline(status)];
  for (const problem of [status.problem, ...status.notices]) {
    if (problem) lines.push(`  ${printable(problem.text, 500)}`, `    Next: ${printable(problem.next, 300)}`);
  }
  const rows: string[][] = [];
  if (status.port !== undefined) rows.push(['Port number', String(status.port)]);
  if (status.otp !== undefined) rows.push(['One-time password', otp ?? status.otp]);
  if (status.scopes.length > 0) rows.push(['Allows', status.scopes.join(', ')]);
  if (status.approval) rows.push(['Approval', 'asked for before anybody pairs']);
  if (status.reference !== undefined) rows.push(['Reference', status.reference]);
  if (status.relay) rows.push(['Relay', `${status.relay.host}, as ${status.relay.device}`]);
  for (const [name = '', value = ''] of rows) lines.push(`  ${name.padEnd(19)}${printable(value, 300)}`);
  if (status.waiting.length > 0) {
    lines.push('', 'Waiting for your approval (sallyport-device approve ID, or deny ID):');
    lines.push(
      formatTable(
        ['ID', 'REPRESENTATIVE', 'KEY', 'SINCE'],
        status.waiting.map(({ id, representative, key, since }) => [
          id,
          representative,
          key.slice(0, 16),
          formatMoment(since),
        ]),
      ),
    );
  }
  if (status.asks.length > 0) {
    lines.push('', 'Asking for more (sallyport-device ask grant ID, or ask refuse ID):');
    lines.push(
      formatTable(
        ['ID', 'REPRESENTATIVE', 'KEY', 'FOR', 'WHY'],
        status.asks.map(({ id, representative, key, what, why }) => [
          id,
          representative,
          key.slice(0, 16),
          wishText(what),
          why,
        ]),
      ),
    );
  }
  if (status.sessions.length > 0) {
    lines.push('', 'Who is in:');
    lines.push(
      formatTable(
        ['REPRESENTATIVE', 'STATE', 'SINCE', 'DOES'],
        status.sessions.map(({ representative, state, since, channels }) => [
          representative,
          state,
          formatMoment(since),
          channels.map(({ kind, what }) => `${kind}: ${what}`).join('; ') || 'nothing at the moment',
        ]),
      ),
    );
  }
  if (status.failures.length > 0) {
    lines.push('', 'Failed to pair, or cut off:');
    lines.push(
      formatTable(
        ['REPRESENTATIVE', 'KEY', 'FAILURES', 'BLOCKED'],
        status.failures.map(({ representative, key, count, blocked }) => [
          representative,
          key.slice(0, 16),
          String(count),
          blocked ?? 'no',
        ]),
      ),
    );
  }
  if (status.refusals.length > 0) {
    lines.push('', 'Refused lately (sallyport-device block KEY keeps one out):');
    lines.push(
      formatTable(
        ['REPRESENTATIVE', 'KEY', 'LAST', 'TIMES', 'WHY', 'BLOCKED'],
        status.refusals.map(({ representative, key, when, count, code, blocked }) => [
          representative,
          key.slice(0, 16),
          formatMoment(when),
          String(count),
          code,
          blocked ? 'yes' : 'no',
        ]),
      ),
    );
  }
  return lines.join('\n');
}

/** What a representative asks for, in words. */
function wishText({ scopes = [], forMs }: Status['asks'][number]['what']): string {
  return [...scopes, ...(forMs === undefined ? [] : [`${formatLeft(forMs)} from now`])].join(', ');
}

function headline(status: Status): string {
  switch (status.state) {
    case 'disabled':
      return 'Remote Support is disabled.';
    case 'waiting':
      return 'Remote Support is enabled. Waiting for port number ...';
    case 'open':
      return `Remote Support is enabled, for another ${formatLeft(status.leftMs ?? 0)}.`;
  }
}
