import type { Database } from './database.ts';

/** What the agent remembers by itself, and what administrators set in the web interface: not configuration. */
export const settingNames = [
  'last-port',
  'last-time',
  'last-choices',
  'outbound-port',
  'proxy',
  'source-interface',
  'network-kept',
  'web',
  'grant-defaults',
  'recordings',
] as const;
export type SettingName = (typeof settingNames)[number];
export type Settings = {
  get(name: SettingName): string | undefined;
  set(name: SettingName, value: string): void;
};

export function settingsOf(database: Database): Settings {
  const get = database.sqlite.prepare('SELECT value FROM settings WHERE name = ?');
  const set = database.sqlite.prepare('INSERT OR REPLACE INTO settings VALUES (?, ?)');
  return {
    get: (name) => (get.get(name) as { value: string } | undefined)?.value,
    set: (name, value) => database.transaction(() => void set.run(name, value)),
  };
}
