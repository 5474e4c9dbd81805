/** Every route and upgrade of the table, asked for with every kind of identity. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { SallyportError } from '@sallyport/protocol/errors';
import { makeKeyAndRequest, type Role } from '@sallyport/protocol/identity';
import { createAuthority, issueLeaf } from '@sallyport/protocol/issue';
import type { TlsIdentity } from '@sallyport/protocol/tls';
import { upgrade } from '@sallyport/runtime/http';
import { z } from 'zod';
import { makeIssuer, readAuthority } from '../authority/index.ts';
import { removeDevice } from '../devices/index.ts';
import { inviteRepresentative, resetRepresentative, revokeRepresentative } from '../representatives/index.ts';
import { enrolDevice, join, logIn, type Person } from '../testing/people.ts';
import {
  ask,
  asOperator,
  clock,
  dial,
  makeFolder,
  random,
  relayName,
  startNode,
  type TestFolder,
  type TestRelay,
} from '../testing/relay.ts';
import { type Route, routes } from './index.ts';

const dayMs = 24 * 3_600_000;
let folder: TestFolder;
let relay: TestRelay;

/** Who asks, and what becomes of it at a route for everybody, at one for their role, and at one for the other role. */
type Kind = {
  readonly role: Exclude<Role, 'relay'> | undefined;
  readonly make: () => Promise<TlsIdentity | undefined>;
  /** `in`, or the codes that may refuse them. */
  readonly atOwn: readonly string[];
  readonly atOther: readonly string[];
  readonly atOpen: readonly string[];
  /** At renewal, if it is another answer than at other routes of their own. */
  readonly atRenewal?: readonly string[];
};
const letIn = ['in'];
/** TLS itself is refused: nothing was asked, nothing was answered. */
const hungUp = ['connection-lost'];

before(async () => {
  folder = await makeFolder();
  relay = await startNode(folder);
});
after(async () => {
  await relay?.stop();
  folder?.remove();
});

type Dates = { readonly notBefore: number; readonly notAfter: number };
const good = (): Dates => ({ notBefore: clock.wallMs() - 60_000, notAfter: clock.wallMs() + dayMs });
const ranOut = (daysAgo: number): Dates => ({
  notBefore: clock.wallMs() - 90 * dayMs,
  notAfter: clock.wallMs() - daysAgo * dayMs,
});

/** A certificate that the stolen authority signs, for the key of somebody known or for a new one. */
async function certified(
  role: Role,
  id: string,
  { dates = good(), issuer = role, of }: { dates?: Dates; issuer?: Role; of?: Person } = {},
): Promise<TlsIdentity> {
  const authority = readAuthority(folder.path);
  const own = of ? { key: of.identity.key, publicKey: publicKeyOf(of) } : await newKey();
  const leaf = await issueLeaf({
    issuer: authority.intermediates[issuer],
    role,
    id,
    publicKey: own.publicKey,
    ...dates,
  });
  return { key: own.key, certificate: `${leaf}${authority.pems[issuer]}` };
}
const publicKeyOf = ({ identity }: Person): Uint8Array =>
  new X509Certificate(identity.certificate).publicKey.export({ type: 'spki', format: 'der' });
async function newKey(): Promise<{ key: string; publicKey: Uint8Array }> {
  const { key, request } = await makeKeyAndRequest();
  return {
    key,
    publicKey: (await makeIssuer(readAuthority(folder.path).intermediates).readRequest(request)).spki,
  };
}
async function foreign(role: 'device' | 'representative', id: string): Promise<TlsIdentity> {
  const authority = await createAuthority({ name: 'Foreign', random, now: clock.wallMs() });
  const { key, publicKey } = await newKey();
  const { certificate } = await makeIssuer(authority).issue(role, id, publicKey, clock.wallMs());
  return { key, certificate: `${certificate}${authority[role].certificate}` };
}

let people = 0;
const newName = (): string => {
  people += 1;
  return `r${people}@maker.example`;
};
const now = () => ({ now: clock.wallMs(), actor: 'test', reason: '' });
const refusedAsUnknown = {
  atOwn: ['identity-revoked'],
  atOther: ['identity-revoked', 'role-refused'],
  atOpen: letIn,
};
const expired = {
  atOwn: ['certificate-expired'],
  atOther: ['certificate-expired', 'role-refused'],
  atOpen: letIn,
};

const kinds: { readonly [who: string]: Kind } = {
  'nobody, without a certificate': {
    role: undefined,
    make: async () => undefined,
    atOwn: [],
    atOther: ['identity-required'],
    atOpen: letIn,
  },
  'a device': {
    role: 'device',
    make: async () => (await enrolDevice(relay)).identity,
    atOwn: letIn,
    atOther: ['role-refused'],
    atOpen: letIn,
  },
  'a representative': {
    role: 'representative',
    make: async () => (await logIn(relay, newName())).identity,
    atOwn: letIn,
    atOther: ['role-refused'],
    atOpen: letIn,
  },
  'a representative of the rank admin': {
    role: 'representative',
    make: async () => {
      const terms = { now: clock.wallMs(), actor: 'test', random, endsAt: clock.wallMs() + dayMs };
      const secret = await asOperator(folder, (writes) =>
        inviteRepresentative(writes, { id: newName(), rank: 'admin' }, terms),
      );
      return (await join(relay, '/v1/logins', secret)).identity;
    },
    atOwn: letIn,
    atOther: ['role-refused'],
    atOpen: letIn,
  },
  'a device that was removed': {
    role: 'device',
    make: async () => {
      const gone = await enrolDevice(relay);
      await asOperator(folder, (writes) => removeDevice(writes, gone.id, now()));
      return gone.identity;
    },
    ...refusedAsUnknown,
  },
  'a representative who was revoked': {
    role: 'representative',
    make: async () => {
      const gone = await logIn(relay, newName());
      await asOperator(folder, (writes) => revokeRepresentative(writes, gone.id, now()));
      return gone.identity;
    },
    ...refusedAsUnknown,
  },
  'a representative who was reset, with the old key': {
    role: 'representative',
    make: async () => {
      const lost = await logIn(relay, newName());
      const terms = { now: clock.wallMs(), actor: 'test', random, endsAt: clock.wallMs() + dayMs };
      await asOperator(folder, (writes) => resetRepresentative(writes, lost.id, terms));
      return lost.identity;
    },
    ...refusedAsUnknown,
  },
  'a name of a representative, with another key': {
    role: 'representative',
    make: async () => certified('representative', (await logIn(relay, newName())).id),
    ...refusedAsUnknown,
  },
  'a name of a device, with another key': {
    role: 'device',
    make: async () => certified('device', (await enrolDevice(relay)).id),
    ...refusedAsUnknown,
  },
  'a representative whom the relay never knew': {
    role: 'representative',
    make: () => certified('representative', 'nobody@maker.example'),
    ...refusedAsUnknown,
  },
  'the key of a representative, as a device': {
    role: 'device',
    make: async () => certified('device', 'd123456789', { of: await logIn(relay, newName()) }),
    ...refusedAsUnknown,
  },
  'a representative whose certificate ran out yesterday': {
    role: 'representative',
    make: async () => {
      const of = await logIn(relay, newName());
      return certified('representative', of.id, { of, dates: ranOut(1) });
    },
    ...expired,
    atRenewal: letIn,
  },
  'a device whose certificate ran out yesterday': {
    role: 'device',
    make: async () => {
      const of = await enrolDevice(relay);
      return certified('device', of.id, { of, dates: ranOut(1) });
    },
    ...expired,
    atRenewal: letIn,
  },
  'a representative whose certificate ran out 31 days ago': {
    role: 'representative',
    make: async () => {
      const of = await logIn(relay, newName());
      return certified('representative', of.id, { of, dates: ranOut(31) });
    },
    atOwn: hungUp,
    atOther: hungUp,
    atOpen: hungUp,
  },
  'a certificate that the authority of another role signed': {
    role: 'representative',
    make: async () => {
      const of = await logIn(relay, newName());
      return certified('representative', of.id, { of, issuer: 'device' });
    },
    atOwn: hungUp,
    atOther: hungUp,
    atOpen: hungUp,
  },
  'a relay': {
    role: undefined,
    make: () => certified('relay', relayName),
    atOwn: hungUp,
    atOther: hungUp,
    atOpen: hungUp,
  },
  'a representative of another authority': {
    role: 'representative',
    make: () => foreign('representative', 'erin@maker.example'),
    atOwn: hungUp,
    atOther: hungUp,
    atOpen: hungUp,
  },
  'a device of another authority': {
    role: 'device',
    make: () => foreign('device', 'd123456789'),
    atOwn: hungUp,
    atOther: hungUp,
    atOpen: hungUp,
  },
};

/** What says no to who asks; whatever else is answered, they were let in. */
const refusals = [
  'identity-required',
  'role-refused',
  'identity-revoked',
  'certificate-expired',
  'not-found',
  'connection-lost',
];

async function answerTo(route: Route, as: TlsIdentity | undefined): Promise<string> {
  const path = route.path.replace(':port', '40001').replace(':ticket', '0'.repeat(32));
  const body = route.method === 'POST' ? { body: { v: 1 } } : {};
  try {
    if (!route.upgrade) await ask(relay, { path, method: route.method, as, answer: z.unknown(), ...body });
    else {
      const terms = { clock, timeoutMs: 5_000, path, host: relayName, protocol: route.upgrade };
      (await upgrade(await dial(relay, as), terms)).socket.destroy();
    }
  } catch (error) {
    const code = error instanceof SallyportError ? error.code : String(error);
    if (refusals.includes(code)) return code;
  }
  return 'in';
}

describe('every route of the table', () => {
  for (const [who, kind] of Object.entries(kinds)) {
    it(`gives ${who} what it says, and no more`, async () => {
      const as = await kind.make();
      for (const [name, route] of Object.entries(routes) as [string, Route][]) {
        const { role, atOpen, atOwn, atOther, atRenewal } = kind;
        const isOwn = route.who !== 'anyone' && role !== undefined && route.who.includes(role);
        const expected =
          route.who === 'anyone' ? atOpen : !isOwn ? atOther : route.expired && atRenewal ? atRenewal : atOwn;
        const code = await answerTo(route, as);
        assert.ok(expected.includes(code), `${name}: ${code}, not ${expected.join(' or ')}`);
      }
    });
  }
});
