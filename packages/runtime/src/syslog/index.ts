export { formatSyslog, type SyslogEntry, type SyslogOrigin } from './message.ts';
export { openSyslog, type SyslogSettings, syslogSchema } from './open.ts';
export { parseCollector, type SyslogOptions, SyslogStream } from './stream.ts';
