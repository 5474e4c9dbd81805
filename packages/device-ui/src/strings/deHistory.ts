import type { HistoryStrings } from './enHistory.ts';

/** The same in German. */
export const deHistory: HistoryStrings = {
  tabs: { grants: 'Hilfe', entries: 'Protokoll' },
  filter: {
    label: 'Welche Hilfe gezeigt wird',
    who: 'Supporter',
    reference: 'Aktenzeichen',
    from: 'Von',
    to: 'Bis',
    show: 'Zeigen',
    clear: 'Alle zeigen',
  },
  grants: {
    empty: 'Noch keine Hilfe',
    emptyText:
      'Jedes Mal, dass die Fernhilfe an war, steht später hier: wer kam, was er tat, und eine Aufzeichnung davon.',
    noneFound: 'Nichts gefunden',
    noneFoundText: 'Es gab keine Hilfe, auf die das passt.',
    all: 'Alle zeigen',
    earlier: 'Frühere zeigen',
    open: 'Läuft',
    nobody: 'Niemand kam',
    sessions: (count) => (count === 1 ? '1 Sitzung' : `${count} Sitzungen`),
    why: { disabled: 'ausgeschaltet', expired: 'die Zeit war um' },
  },
  grant: {
    title: (moment) => `Hilfe vom ${moment}`,
    about: 'Wann und wer',
    allowed: 'Was erlaubt war',
    sessions: 'Sitzungen',
    nobody: 'Niemand kam herein.',
    refusals: 'Nicht eingelassen',
    acts: 'Was Administratoren taten',
    all: 'Alle Einträge des Protokolls',
    truncated: 'Es gibt mehr, als hier gezeigt werden kann: Der Rest steht im Protokoll.',
    enabledBy: 'Eingeschaltet von',
    from: 'Von',
    to: 'Bis',
    why: 'Geendet',
    endedBy: 'Beendet von',
    ports: 'Portnummer',
    who: 'Wer kam',
    clock: 'Uhr',
    clocks: { relay: 'richtig, nach dem Relay', own: 'die des Geräts', wrong: 'bekanntermaßen falsch' },
  },
  session: {
    title: (number, name) => `Sitzung ${number} · ${name}`,
    since: (moment) => `Da ab ${moment}`,
    open: 'noch da',
    ended: (moment, why) => (why === '' ? `bis ${moment}` : `bis ${moment} (${why})`),
    why: {
      'session-closed': 'selbst gegangen',

      'grant-ended': 'Fernhilfe beendet',
      'cut-off': 'hinausgeworfen',
      'representative-cut': 'hinausgeworfen',
      'identity-revoked': 'Schlüssel widerrufen',
    },
    suspended: (moments) => `Verbindung verloren um ${moments}`,
    nothing: 'Nichts wurde geöffnet.',
    receipt: 'Beleg',
    signed: {
      both: 'Beleg von beiden unterschrieben',
      device: 'Beleg nur von diesem Gerät unterschrieben',
      disputed: 'Unterschrieben, dass der Beleg falsch ist',
    },
    refused: 'Verweigert',
    more: (count) => `Und ${count} weitere, im Protokoll.`,
    exit: (code) => `endete mit ${code}`,
    signal: (name) => `beendet durch ${name}`,
    filesTitle: 'Dateien',
    files: {
      read: 'Gelesen',
      write: 'Geschrieben',
      both: 'Gelesen und geschrieben',
      renamed: 'Umbenannt',
      removed: 'Gelöscht',
      'folder-made': 'Ordner angelegt',
      'folder-removed': 'Ordner gelöscht',
      linked: 'Verknüpft',
      attributes: 'Eigenschaften geändert',
    },
  },
  recording: {
    terminal: 'Aufzeichnung eines Terminals',
    command: 'Aufzeichnung eines Befehls',
    replay: 'Abspielen',
    download: 'Herunterladen',
    verify: 'Prüfen',
    speed: 'Tempo',
    times: (speed) => `${String(speed).replace('.', ',')} ×`,
    jump: 'Pausen überspringen',
    screen: 'Was zu sehen war',
    keys: 'Die Leertaste spielt ab und hält an; die Pfeiltasten gehen vor und zurück.',
    find: 'Suchen in dem, was zu sehen war',
    found: (count) =>
      count === 0
        ? 'Nicht gefunden'
        : count === 1
          ? '1 Stelle'
          : count >= 100
            ? 'Die ersten 100 Stellen'
            : `${count} Stellen`,
    large: (size) =>
      `Diese Aufzeichnung hat ${size} und ist zu groß, um hier gezeigt zu werden. Laden Sie sie herunter.`,
    states: {
      running: 'Sie läuft noch: Sie sehen, was es bis jetzt gibt.',
      ended: '',
      torn: 'Sie hat kein Ende: Das Gerät wurde unterdessen angehalten, oder jemand hat sie abgeschnitten.',
      locked: 'Sie ist verschlüsselt: Nur wer den Schlüssel hat, kann sie lesen.',
      unreadable: 'Das lässt sich nicht als Aufzeichnung lesen.',
    },
  },
  verdict: {
    intact: {
      title: 'Unversehrt',
      text: 'Sie ist so, wie das Gerät sie schrieb, von der ersten Zeile bis zum Ende.',
    },
    truncated: {
      title: 'Abgeschnitten',
      text: 'Was da ist, ist so, wie das Gerät es schrieb, aber das Ende fehlt.',
    },
    tampered: { title: 'Verfälscht', text: 'Sie ist nicht so, wie das Gerät sie schrieb.' },
    running: { title: 'Wird noch aufgezeichnet', text: 'Bis jetzt ist sie so, wie das Gerät sie schrieb.' },
    locked: { title: 'Verschlüsselt', text: 'Nur wer den Schlüssel hat, kann sie prüfen.' },
    line: (line) => `Ab Zeile ${line} bürgt nichts für sie.`,
    lines: (from, to) => `Die Änderung liegt zwischen den Zeilen ${from} und ${to}.`,
    sealed: (lines, moment) =>
      `Die Unterschrift des Geräts bürgt für die ersten ${lines} Zeilen, bis ${moment}.`,
  },
  report: { label: 'Bericht', html: 'Bericht', pdf: 'PDF', json: 'JSON' },
};
