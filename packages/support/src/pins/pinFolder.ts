import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { GrantId, PortNumber } from '@sallyport/protocol/grant';
import { makePrivateFolder, readPrivateFile, writePrivateFile } from '@sallyport/runtime/folder';
import { fail } from '../errors/index.ts';
import { type Pin, pinCap, pinLifeMs, pinSchema } from './pin.ts';

/** Far longer than any call of the program may hold one. */
const lockLifeMs = 30 * 24 * 3_600_000;

/** The pins of one identity: one file a grant, `pins/GRANT.json`, 0600 in a 0700 folder. */
export type PinFolder = {
  readonly folder: string;
  /** The pin of a grant. @throws pin-damaged */
  of(grant: GrantId): Pin | undefined;
  /** The newest pin of a port number: that of its current grant, if this identity is paired with it. */
  ofPort(port: PortNumber): Pin | undefined;
  /** Durable when it returns. Takes the place of every other pin of the same port number. */
  keep(pin: Pin): void;
  forget(grant: GrantId): void;
};

/**
 * @param data the data folder
 * @param ownKey SHA-256 of the representative's own public key; pins of another key are as good as absent
 * @param wallMs the time now: pins that outlived every grant are removed
 */
export function openPins(data: string, ownKey: string, wallMs: number): PinFolder {
  const folder = join(data, 'pins');
  const fileOf = (grant: GrantId): string => join(folder, `${grant}.json`);
  const usable = (pin: Pin | undefined): pin is Pin => pin?.ownKey === ownKey;
  const all = (): Pin[] =>
    pinFiles(folder)
      .map((name) => readPin(join(folder, name)))
      .filter(usable);
  return {
    folder,
    of: (grant) => {
      const pin = readPin(fileOf(grant));
      return usable(pin) ? pin : undefined;
    },
    ofPort: (port) =>
      all()
        .filter((pin) => pin.port === port)
        .reduce<Pin | undefined>(
          (newest, pin) => (newest && newest.pairedAt > pin.pairedAt ? newest : pin),
          undefined,
        ),
    keep: (pin) => {
      makePrivateFolder(folder);
      removeOld(folder, wallMs);
      writePrivateFile(fileOf(pin.grant), `${JSON.stringify(pin)}\n`);
      // A port number belongs to one grant at a time: what was paired with last is the current one, whatever the clock.
      for (const { port, grant } of all()) {
        if (port === pin.port && grant !== pin.grant) rmSync(fileOf(grant), { force: true });
      }
    },
    forget: (grant) => rmSync(fileOf(grant), { force: true }),
  };
}

function pinFiles(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^[0-9a-f]{32}\.json$/.test(name));
  } catch {
    return [];
  }
}

function readPin(file: string): Pin | undefined {
  const contents = readPrivateFile(file, pinCap);
  if (!contents) return undefined;
  try {
    return pinSchema.parse(JSON.parse(contents.toString('utf8')));
  } catch (cause) {
    throw fail('pin-damaged', { details: { file, reason: 'it is not a pin' }, cause, leg: 'this-computer' });
  }
}

/** Takes away pins that no grant can still need, and the locks of port numbers that were not used for long. */
function removeOld(folder: string, wallMs: number): void {
  for (const name of readdirSync(folder)) {
    const lifeMs = name.endsWith('.json') ? pinLifeMs : name.endsWith('.lock') ? lockLifeMs : undefined;
    if (lifeMs === undefined) continue;
    const file = join(folder, name);
    const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? wallMs;
    if (wallMs - changed > lifeMs) rmSync(file, { force: true });
  }
}
