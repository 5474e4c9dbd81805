/** An entry of an audit log on its way to a collector. */
export type SyslogEntry = {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly event: string;
  readonly hash: string;
  /** How the clock stood, where the log tells. */
  readonly clock?: string | undefined;
  /** All that the entry says. */
  readonly fields: object;
};

/** Whose log it is. */
export type SyslogOrigin = { readonly program: string; readonly host: string; readonly pid: number };

/** Facility 13, "log audit" (RFC 5424, section 6.2.1); notice, and warning where something was refused or failed. */
const facility = 13;
const notice = 5;
const warning = 4;
const worse = /refused|failed|blocked|void|killed|revoked|cut|locked|left-out|timed-out|broken/;
/** A number for examples (RFC 5612): whoever has one of their own tells collectors by the program's name. */
const structured = 'sallyport@32473';

/**
 * One entry as a message of RFC 5424, in the frame of RFC 5425, section 4.3: its length in bytes, a space, the message.
 * Number, hash and the state of the clock are structured data; what the entry says is JSON.
 */
export function formatSyslog(entry: SyslogEntry, origin: SyslogOrigin): Buffer {
  const { seq, at, event, hash, clock, fields } = entry;
  const priority = facility * 8 + (worse.test(event) ? warning : notice);
  const data = [['seq', String(seq)], ['hash', hash], ...(clock === undefined ? [] : [['clock', clock]])].map(
    ([name, value]) => `${name}="${escaped(value ?? '')}"`,
  );
  const message = [
    `<${priority}>1`,
    new Date(at).toISOString(),
    word(origin.host, 255),
    word(origin.program, 48),
    word(String(origin.pid), 128),
    word(event, 32),
    `[${structured} ${data.join(' ')}]`,
    JSON.stringify(fields),
  ].join(' ');
  const body = Buffer.from(message, 'utf8');
  return Buffer.concat([Buffer.from(`${body.byteLength} `), body]);
}

/** Printable ASCII without spaces, or "-" for nothing. */
function word(text: string, longest: number): string {
  const plain = text.replace(/[^\x21-\x7e]/g, '?').slice(0, longest);
  return plain === '' ? '-' : plain;
}

const escaped = (text: string): string => text.replace(/["\\\]]/g, '\\$&').replace(/[^\x20-\x7e]/g, '?');
