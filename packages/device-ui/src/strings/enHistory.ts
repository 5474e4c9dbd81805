/** What the pages of the past say, in English: support by support, recordings, and whether they are as they were. */
export const enHistory = {
  tabs: { grants: 'Support', entries: 'Audit log' },
  filter: {
    label: 'Which support to show',
    who: 'Representative',
    reference: 'Reference',
    from: 'From',
    to: 'Until',
    show: 'Show',
    clear: 'Show all',
  },
  grants: {
    empty: 'No support yet',
    emptyText:
      'Each time that Remote Support is enabled is kept here: who came, what they did, and a recording of it.',
    noneFound: 'Nothing found',
    noneFoundText: 'There was no support that fits what you asked for.',
    all: 'Show all',
    earlier: 'Show earlier support',
    open: 'Goes on',
    nobody: 'Nobody came',
    sessions: (count: number) => (count === 1 ? '1 session' : `${count} sessions`),
    why: { disabled: 'disabled', expired: 'its time was over' } as { readonly [why: string]: string },
  },
  grant: {
    title: (moment: string) => `Support of ${moment}`,
    about: 'When and who',
    allowed: 'What was allowed',
    sessions: 'Sessions',
    nobody: 'Nobody came in.',
    refusals: 'Not let in',
    acts: 'What administrators did',
    all: 'All entries of the audit log',
    truncated: 'There is more than can be shown here: see the audit log for the rest.',
    enabledBy: 'Enabled by',
    from: 'From',
    to: 'Until',
    why: 'Ended',
    endedBy: 'Ended by',
    ports: 'Port number',
    who: 'Who came',
    clock: 'Clock',
    clocks: {
      relay: 'right, by the relay',
      own: "the device's own",
      wrong: 'known to be wrong',
    } as { readonly [clock: string]: string },
  },
  session: {
    title: (number: number, name: string) => `Session ${number} · ${name}`,
    since: (moment: string) => `In from ${moment}`,
    open: 'still in',
    ended: (moment: string, why: string) => (why === '' ? `until ${moment}` : `until ${moment} (${why})`),
    why: {
      'session-closed': 'they left',
      'grant-closed': 'Remote Support ended',

      'grant-ended': 'Remote Support ended',
      'cut-off': 'cut off',
      'representative-cut': 'cut off',
      'identity-revoked': 'their key was revoked',
    } as { readonly [why: string]: string },
    suspended: (moments: string) => `Connection lost at ${moments}`,
    nothing: 'Nothing was opened.',
    receipt: 'Receipt',
    signed: {
      both: 'Receipt signed by both',
      device: 'Receipt signed by this device alone',
      disputed: 'They signed that the receipt is wrong',
    },
    refused: 'Refused to them',
    more: (count: number) => `And ${count} more, in the audit log.`,
    exit: (code: number) => `ended with ${code}`,
    signal: (name: string) => `ended by ${name}`,
    filesTitle: 'Files',
    files: {
      read: 'Read',
      write: 'Written',
      both: 'Read and written',
      renamed: 'Renamed',
      removed: 'Removed',
      'folder-made': 'Folder made',
      'folder-removed': 'Folder removed',
      linked: 'Linked',
      attributes: 'Attributes changed',
    } as { readonly [what: string]: string },
  },
  recording: {
    terminal: 'Recording of a terminal',
    command: 'Recording of a command',
    replay: 'Replay',
    download: 'Download',
    verify: 'Verify',
    speed: 'Speed',
    times: (speed: number) => `${speed} ×`,
    jump: 'Jump over pauses',
    screen: 'What was shown',
    keys: 'Space plays and pauses; the arrow keys go back and forth.',
    find: 'Find in what was shown',
    found: (count: number) =>
      count === 0
        ? 'Not found'
        : count === 1
          ? '1 place'
          : count >= 100
            ? 'The first 100 places'
            : `${count} places`,
    large: (size: string) => `This recording has ${size}, which is too large to be shown here. Download it.`,
    states: {
      running: 'It goes on: what you see is what there is so far.',
      ended: '',
      torn: 'It has no end: the device was stopped meanwhile, or somebody cut it.',
      locked: 'It is encrypted: only the holder of the key can read it.',
      unreadable: 'This cannot be read as a recording.',
    },
  },
  verdict: {
    intact: { title: 'Intact', text: 'It is as the device wrote it, from its first line to its end.' },
    truncated: {
      title: 'Truncated',
      text: 'What is there is as the device wrote it, but its end is missing.',
    },
    tampered: { title: 'Tampered with', text: 'It is not as the device wrote it.' },
    running: { title: 'Still being recorded', text: 'So far it is as the device wrote it.' },
    locked: { title: 'Encrypted', text: 'Only the holder of the key can verify it.' },
    line: (line: number) => `Nothing vouches for it from line ${line} on.`,
    lines: (from: number, to: number) => `The change is between the lines ${from} and ${to}.`,
    sealed: (lines: string, moment: string) =>
      `The device's signature vouches for the first ${lines} lines, up to ${moment}.`,
  },
  report: { label: 'Report', html: 'Report', pdf: 'PDF', json: 'JSON' },
};

export type HistoryStrings = typeof enHistory;
