import { formatMoment, printable } from '@sallyport/protocol/text';
import type { Problem, Status } from '../agent/status.ts';

const escapes: { readonly [character: string]: string } = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const asText = (text: string): string =>
  printable(text, 500).replace(/[&<>"']/g, (character) => escapes[character] ?? '');

const states: { readonly [state in Status['state']]: string } = {
  disabled: 'Remote Support is disabled.',
  waiting: 'Remote Support is enabled. Waiting for a port number …',
  open: 'Remote Support is enabled.',
};

/**
 * The device's page until it has its web interface: how Remote Support stands, without scripts, the same for people on
 * site and for a representative who looks through a session. The OTP's digits are never on it: it knows no sign-in.
 */
export function statusPage(status: Status): string {
  const rows: [string, string][] = [];
  if (status.port !== undefined) rows.push(['Port number', String(status.port)]);
  if (status.otp !== undefined) rows.push(['One-time password', status.otp]);
  if (status.endsAt !== undefined) rows.push(['Ends at', formatMoment(status.endsAt)]);
  if (status.scopes.length > 0) rows.push(['Allows', status.scopes.join(', ')]);
  if (status.relay) rows.push(['Device', status.relay.device], ['Relay', status.relay.host]);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Remote Support</title>
<style>
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
dt { float: left; clear: left; width: 12rem; font-weight: 600 } dd { margin: 0 0 0 12rem }
</style>
</head>
<body>
<h1>Remote Support</h1>
<p>${states[status.state]}</p>
${[status.problem, ...status.notices].map(problem).join('\n')}
<dl>${rows.map(([name, value]) => `<dt>${name}</dt><dd>${asText(value)}</dd>`).join('\n')}</dl>
<h2>Who is in</h2>
${sessions(status)}
</body>
</html>
`;
}

function problem(one: Problem | null): string {
  return one ? `<p role="status"><strong>${asText(one.text)}</strong> ${asText(one.next)}</p>` : '';
}

function sessions(status: Status): string {
  if (status.sessions.length === 0) return '<p>Nobody.</p>';
  const items = status.sessions.map(({ representative, state, since, channels }) => {
    const what = channels.map(({ kind, what: name }) => `${kind} ${name}`).join(', ');
    return `<li>${asText(`${representative}, ${state} since ${formatMoment(since)}`)}${what ? `: ${asText(what)}` : ''}</li>`;
  });
  return `<ul>${items.join('\n')}</ul>`;
}
