import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { verifyPeer } from '@sallyport/protocol/identity';
import { validityMs } from '@sallyport/protocol/issue';
import { makeFolder, type TestFolder } from '../testing/relay.ts';
import { makeIssuer, nodeIdentity, nodeRenewMs, readAuthority, type StoredAuthority } from './index.ts';

const now = Date.now();
const second = 1_000;

describe("a node's own certificate", () => {
  let folder: TestFolder;
  let authority: StoredAuthority;

  before(async () => {
    folder = await makeFolder();
    authority = readAuthority(folder.path);
  });
  after(() => folder.remove());
  const identity = (host: string, at: number) =>
    nodeIdentity(
      {
        folder: folder.path,
        host,
        authority,
        issuer: makeIssuer(authority.intermediates),
        write: writeFileSync,
      },
      at,
    );

  it('names the node, is of the relay authority, and comes with the chain and the root', async () => {
    const { certificate } = await identity('a.relay.example', now);
    const chain = certificate.split(/(?=-----BEGIN)/).map((pem) => new X509Certificate(pem));
    assert.equal(chain.length, 3);
    const peer = verifyPeer(chain[0]?.raw ?? new Uint8Array(), 'relay', now, authority.parsed);
    assert.equal(peer.id, 'a.relay.example');
    assert.ok(chain[2]?.raw.equals(authority.parsed.root.raw));
  });

  it('is kept for the next start while it is good for thirty days', async () => {
    const first = await identity('b.relay.example', now);
    const later = now + validityMs.relay - nodeRenewMs - 60 * second;
    assert.equal((await identity('b.relay.example', later)).certificate, first.certificate);
    assert.notEqual((await identity('b.relay.example', later + 120 * second)).certificate, first.certificate);
  });

  it('is made anew when its files are broken, or of another node', async () => {
    const first = await identity('c.relay.example', now);
    const path = join(folder.path, 'nodes', 'c.relay.example.crt');
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 100));
    const second = await identity('c.relay.example', now);
    assert.notEqual(second.certificate, first.certificate);
    writeFileSync(path, readFileSync(join(folder.path, 'nodes', 'a.relay.example.crt')));
    const third = await identity('c.relay.example', now);
    const [leaf = ''] = third.certificate.split(/(?=-----BEGIN)/);
    assert.match(new X509Certificate(leaf).subjectAltName ?? '', /relay\/c\.relay\.example/);
  });
});
