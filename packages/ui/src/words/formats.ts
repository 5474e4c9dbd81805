/** How a language writes numbers, moments and spans of time; all by `Intl`. */
export type Formats = {
  /** `24 Nov 2026, 10:31`, in the visitor's time zone. From ISO 8601 or milliseconds since 1970. */
  readonly moment: (when: string | number) => string;
  /** `10:31`, with the day before it if it is not today's. */
  readonly clock: (when: string | number, now?: number) => string;
  /** `10:31` */
  readonly time: (when: string | number) => string;
  /** `Tuesday, 24 November 2026` */
  readonly day: (when: string | number) => string;
  readonly count: (value: number) => string;
  /** `1.2 MB` */
  readonly bytes: (value: number) => string;
  /** `3 h 59 min`, `9 min`, `42 s`: the two largest units that matter. */
  readonly span: (ms: number) => string;
  /** `9:41`, for what is nearly over; read out by `spokenSpan`. */
  readonly countdown: (ms: number) => string;
  /** `3 hours and 59 minutes` */
  readonly spokenSpan: (ms: number) => string;
  /** `12 ms` */
  readonly milliseconds: (ms: number) => string;
  /** `a, b and c` */
  readonly list: (items: readonly string[]) => string;
};

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

export function formatsOf(language: string): Formats {
  const moment = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  const time = new Intl.DateTimeFormat(language, { timeStyle: 'short' });
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'short' });
  const fullDay = new Intl.DateTimeFormat(language, { dateStyle: 'full' });
  const count = new Intl.NumberFormat(language);
  const sizes = units.map(
    (unit) =>
      new Intl.NumberFormat(language, {
        style: 'unit',
        unit,
        maximumFractionDigits: unit === 'byte' || unit === 'kilobyte' ? 0 : 1,
      }),
  );
  const span = spanFormat(language, 'short');
  const spokenSpan = spanFormat(language, 'long');
  const milliseconds = new Intl.NumberFormat(language, { style: 'unit', unit: 'millisecond' });
  const list = new Intl.ListFormat(language, { type: 'conjunction' });
  return {
    moment: (when) => moment.format(new Date(when)),
    clock: (when, now = Date.now()) => {
      const date = new Date(when);
      const sameDay = day.format(date) === day.format(new Date(now));
      return sameDay ? time.format(date) : moment.format(date);
    },
    time: (when) => time.format(new Date(when)),
    day: (when) => fullDay.format(new Date(when)),
    count: (value) => count.format(value),
    bytes: (value) => {
      const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
      return sizes[power]?.format(value / 1000 ** power) ?? '';
    },
    span,
    countdown: (ms) => {
      const seconds = Math.max(0, Math.ceil(ms / 1000));
      return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
    },
    spokenSpan,
    milliseconds: (ms) => milliseconds.format(Math.round(ms)),
    list: (items) => list.format(items),
  };
}

function spanFormat(language: string, unitDisplay: 'short' | 'long'): (ms: number) => string {
  const of = (unit: string): Intl.NumberFormat =>
    new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay });
  const hour = of('hour');
  const minute = of('minute');
  const second = of('second');
  return (ms) => {
    const seconds = Math.max(0, Math.ceil(ms / 1000));
    if (seconds < 60) return second.format(seconds);
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return minute.format(minutes);
    const rest = minutes % 60;
    const hours = hour.format(Math.floor(minutes / 60));
    return rest === 0 ? hours : `${hours} ${minute.format(rest)}`;
  };
}
