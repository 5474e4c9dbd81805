import { createHash } from 'node:crypto';
import { foreign, html, type Markup, trusted } from './markup.ts';
import { type Deed, deedsCap, type Report, type ReportLanguage } from './report.ts';
import { style } from './style.ts';
import { type ReportWords, wordsIn } from './words.ts';

/**
 * A report as one page that stands alone: no script, no address outside, nothing that what others wrote could become but
 * text. The policy in its head says so to the browser, too.
 */
export function reportHtml(report: Report, language: ReportLanguage): string {
  const words = wordsIn(language);
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const device = report.device.name ?? report.device.id;
  const page = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${words.title} – ${device}</title>
<style>${trusted(style)}</style>
</head>
<body>
<header>
<h1>${words.title}</h1>
<p>${foreign(device)}${report.grant.reference === undefined ? '' : html` · ${foreign(report.grant.reference)}`}</p>
<p>${words.bySide[report.side]} ${report.clock === undefined ? words.utc : words.clock[report.clock]}</p>
</header>
<main>
${summary(report, words)}
${people(report, words)}
${deeds(report, words)}
${notLetIn(report, words)}
${administrators(report, words)}
${recordings(report, words)}
${sessions(report, words)}
</main>
<footer>
<p>${words.check}</p>
<ul>${words.checks.map((one) => html`<li>${one}</li>`)}</ul>
<p>${words.made} ${moment(report.madeAt)} UTC · ${words.grant} <code>${report.grant.id}</code></p>
</footer>
</body>
</html>
`;
  return page.markup;
}

function summary({ device, grant }: Report, words: ReportWords): Markup {
  const by = (name: string | undefined): Markup =>
    name === undefined ? html`` : html` ${words.by} ${name === 'root' ? words.root : foreign(name)}`;
  const why = grant.why === undefined ? '' : `, ${words.ends[grant.why] ?? grant.why}`;
  const rows: (readonly [string, Markup] | undefined)[] = [
    [
      words.device,
      html`${foreign(device.name ?? device.id)}${device.name === undefined ? '' : html` <code>${device.id}</code>`}`,
    ],
    device.maker === undefined ? undefined : [words.maker, foreign(device.maker)],
    grant.reference === undefined ? undefined : [words.reference, foreign(grant.reference)],
    grant.from === undefined ? undefined : [words.enabled, html`${moment(grant.from)}${by(grant.enabledBy)}`],
    [
      words.ended,
      grant.to === undefined ? html`${words.stillOpen}` : html`${moment(grant.to)}${by(grant.endedBy)}${why}`,
    ],
    grant.from === undefined || grant.to === undefined
      ? undefined
      : [words.lasted, html`${duration(Date.parse(grant.to) - Date.parse(grant.from))}`],
    [words.allowed, html`${list(grant.scopes)}`],
    grant.approval === undefined
      ? undefined
      : ['', html`${grant.approval ? words.approval : words.noApproval}`],
    [words.port, html`${grant.ports.join(', ') || '–'}`],
    device.relay === undefined ? undefined : [words.relay, foreign(device.relay)],
  ];
  return section(
    words.summary,
    html`<dl>${rows.filter((row) => row !== undefined).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`,
  );
}

function people(report: Report, words: ReportWords): Markup {
  if (report.people.length === 0) return section(words.people, html`<p class="soft">${words.nobody}</p>`);
  return section(
    words.people,
    table(
      [words.name, words.key, words.from, words.to, words.sessions],
      report.people.map((one) => [
        foreign(one.name),
        html`${one.keyWords} <span class="mono soft">${short(one.key)}</span>`,
        html`${moment(one.from)}`,
        html`${moment(one.to)}`,
        html`${one.sessions}`,
      ]),
      [2, 3, 4],
      0,
    ),
  );
}

function deeds(report: Report, words: ReportWords): Markup {
  const shown = report.deeds.slice(0, deedsCap);
  if (shown.length === 0) return section(words.deeds, html`<p class="soft">${words.nothing}</p>`);
  const left = report.left + report.deeds.length - shown.length;
  let day = '';
  const rows = shown.map((deed) => {
    const [date, clock] = [deed.at.slice(0, 10), deed.at.slice(11, 19)];
    const heading = date === day ? html`` : html`<tr class="day"><td colspan="4">${date}</td></tr>`;
    day = date;
    return html`${heading}<tr><td class="fixed">${clock}</td><td class="who">${foreign(deed.representative)}</td><td><span class="kind ${deed.kind === 'refused' ? 'refused' : ''}">${words.kinds[deed.kind] ?? deed.kind}</span>${whatOf(deed, words)}</td><td data-label="${words.outcome}">${outcome(deed, words)}</td></tr>`;
  });
  const head = [words.time, words.who, words.what, words.outcome].map(
    (one) => html`<th scope="col">${one}</th>`,
  );
  return section(
    words.deeds,
    html`<table><thead><tr>${head}</tr></thead><tbody>${rows}</tbody></table>${left > 0 ? html`<p class="soft">${words.left(left)}</p>` : ''}`,
  );
}

function whatOf({ what, act, newName, sha256 }: Deed, words: ReportWords): Markup {
  const done = act === undefined ? '' : ` ${words.acts[act] ?? act}`;
  const renamed = newName === undefined ? html`` : html` ${words.to_} <code>${foreign(newName)}</code>`;
  const hash = sha256 === undefined ? html`` : html`<br><span class="mono soft">SHA-256 ${sha256}</span>`;
  return html`<code>${foreign(what)}</code>${done}${renamed}${hash}`;
}

function outcome({ kind, exit, bytesIn, bytesOut, to, result, recording }: Deed, words: ReportWords): Markup {
  const parts: Markup[] = [];
  if (exit !== undefined && 'code' in exit) {
    parts.push(html`<span class="${exit.code === 0 ? '' : 'bad'}">${words.exit} ${exit.code}</span>`);
  } else if (exit !== undefined) parts.push(html`<span class="bad">${exit.signal}</span>`);
  if (result !== undefined && result !== 'done')
    parts.push(html`<span class="bad">${words.results[result] ?? result}</span>`);
  if (bytesIn !== undefined && bytesIn > 0) parts.push(html`${bytes(bytesIn)} ${words.bytesIn}`);
  if (bytesOut !== undefined && bytesOut > 0) parts.push(html`${bytes(bytesOut)} ${words.bytesOut}`);
  const channel = kind !== 'file' && kind !== 'refused';
  if (channel && to === undefined) parts.push(html`${words.running}`);
  if (recording !== undefined)
    parts.push(html`${words.recording} <span class="mono">${recording.slice(0, 8)}</span>`);
  return joined(parts);
}

function notLetIn(report: Report, words: ReportWords): Markup {
  if (report.notLetIn.length === 0) return html``;
  const rows = report.notLetIn.map((one) => [
    html`${moment(one.at)}`,
    foreign(one.representative),
    html`<span class="mono">${one.key === undefined ? '–' : short(one.key)}</span>`,
    codeOf(one.why, words),
  ]);
  return section(words.notLetIn, table([words.time, words.who, words.key, words.why], rows, [0], 1));
}

function administrators(report: Report, words: ReportWords): Markup {
  if (report.acts.length === 0) return html``;
  const rows = report.acts.map((one) => [
    html`${moment(one.at)}`,
    html`${one.by === undefined ? '–' : one.by === 'root' ? words.root : foreign(one.by)}`,
    html`${words.events[one.event] ?? one.event}${one.whom === undefined ? '' : html` (${foreign(one.whom)})`}`,
  ]);
  return section(words.administrators, table([words.time, words.who, words.what], rows, [0]));
}

function recordings(report: Report, words: ReportWords): Markup {
  if (report.recordings.length === 0) return html``;
  const rows = report.recordings.map((one) => [
    html`<span class="mono">${one.id}</span>`,
    html`<code>${foreign(one.what)}</code>`,
    html`${one.bytes === undefined ? '–' : bytes(one.bytes)}`,
    html`<span class="mono">${one.head ?? '–'}</span>`,
  ]);
  return section(
    words.recordings,
    table([words.recordingTitle, words.what, words.size, words.head], rows, [2]),
  );
}

function sessions(report: Report, words: ReportWords): Markup {
  if (report.sessions.length === 0) return html``;
  const rows = report.sessions.map((one) => {
    const signed = one.receipt?.signed ?? 'none';
    const mark = signed === 'both' ? 'good' : signed === 'disputed' ? 'bad' : 'soft';
    return [
      html`<span class="mono">${short(one.id)}</span>`,
      foreign(one.representative),
      html`${span(one.from, one.to, words)}`,
      html`${joined([...(one.why === undefined ? [] : [codeOf(one.why, words)]), ...(one.lost > 0 ? [html`${words.lost(one.lost)}`] : [])])}`,
      html`<span class="${mark}">${words.signed[signed] ?? signed}</span>${one.receipt === undefined ? '' : html`<br><span class="mono soft">${one.receipt.hash}</span>`}`,
    ];
  });
  const head = [words.session, words.who, words.time, words.why, words.receipt];
  return section(words.receipts, table(head, rows, [], 1));
}

/** In words, or as the code that it is. */
const codeOf = (code: string, words: ReportWords): Markup => {
  const said = words.codes[code];
  return said === undefined ? html`<code>${code}</code>` : html`${said}`;
};

const section = (title: string, content: Markup): Markup =>
  html`<section><h2>${title}</h2>${content}</section>`;

function table(
  header: readonly string[],
  rows: readonly (readonly Markup[])[],
  fixed: readonly number[],
  who?: number,
): Markup {
  const kind = (column: number): string => (column === who ? 'who' : fixed.includes(column) ? 'fixed' : '');
  const cell = (content: Markup, column: number): Markup =>
    html`<td class="${kind(column)}" data-label="${header[column] ?? ''}">${content}</td>`;
  return html`<table><thead><tr>${header.map((one) => html`<th scope="col">${one}</th>`)}</tr></thead><tbody>${rows.map((row) => html`<tr>${row.map(cell)}</tr>`)}</tbody></table>`;
}

const joined = (parts: readonly Markup[]): Markup => trusted(parts.map(({ markup }) => markup).join(', '));
const list = (items: readonly string[]): Markup =>
  joined(items.map((one) => html`<code>${foreign(one)}</code>`));
const short = (hex: string): string => (hex.length > 16 ? `${hex.slice(0, 16)}…` : hex);
const moment = (at: string | undefined): string =>
  at === undefined ? '–' : at.slice(0, 19).replace('T', ' ');

/** From when to when; the day is said once if it is one. */
function span(from: string, to: string | undefined, words: ReportWords): string {
  if (to === undefined) return `${moment(from)} – ${words.stillOpen}`;
  return `${moment(from)} – ${to.slice(0, 10) === from.slice(0, 10) ? to.slice(11, 19) : moment(to)}`;
}

/** `1 h 2 min`, `40 s`. */
function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `512 B`, `1.5 MB`: thousands, as disks and networks count. */
function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
  const value = count / 1_000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}
