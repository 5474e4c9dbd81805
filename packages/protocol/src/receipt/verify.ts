import { fail, SallyportError } from '../errors/index.ts';
import { parseCertificate } from '../identity/authority.ts';
import {
  type PeerIdentity,
  parseIntermediate,
  parseRoot,
  type Role,
  rootSha256,
  verifyLeaf,
} from '../identity/index.ts';
import { parseFields, parseJson } from '../wire/index.ts';
import { type Receipt, type Vouch, vouchSchema } from './file.ts';
import { isWhole } from './lists.ts';
import { isSignedBy } from './sign.ts';
import { parseStatement, type Statement, statementHash } from './statement.ts';

/** How much a receipt proves. */
export type Standing =
  /** Both signed the same statement. */
  | 'both'
  /** The other side was gone, or had no receipts. */
  | 'device-alone'
  | 'representative-alone'
  /** The representative signed that it is wrong, and why. */
  | 'disputed';

export type Verified = {
  readonly standing: Standing;
  readonly statement: Statement;
  /** SHA-256 of the statement. */
  readonly hash: string;
  readonly vouch: Vouch | undefined;
  /** SHA-256 of the root that vouches for the certificates: to be compared with what is known of the maker. */
  readonly root: string;
  /** What somebody who relies on it should know. */
  readonly notes: readonly Note[];
};
export type Note =
  | 'device-certificate-dates'
  | 'representative-certificate-dates'
  | 'clock-wrong'
  | 'lists-cut';

/** Signers' certificates are taken to be valid so long around the time that the statement tells. In milliseconds. */
const slackMs = 10 * 60_000;

/**
 * Checks a receipt by itself, offline: certificates of one maker, each signature, and that all of it is about the same
 * session of the same two.
 *
 * @param root SHA-256 of the maker's root, if it is known
 * @throws receipt-false with `reason`; message-malformed, message-too-large
 */
export function verifyReceipt(receipt: Receipt, root?: string): Verified {
  const statement = parseStatement(receipt.statement);
  const hash = statementHash(receipt.statement);
  const authority = readAuthority(receipt, root);
  const { device, representative } = receipt;
  const notes: Note[] = [];
  if (device) {
    const signer = signerOf('device', device.certificate, authority);
    mustBe(signer, statement.device, 'the device of the statement');
    if (!isSignedBy('device', receipt.statement, device.signature, signer.certificate)) {
      throw untrue('the signature of the device is not of this statement');
    }
    if (!coversTime(signer, statement)) notes.push('device-certificate-dates');
  }
  let vouch: Vouch | undefined;
  if (representative) {
    const signer = signerOf('representative', representative.certificate, authority);
    mustBe(signer, statement.representative, 'the representative of the statement');
    const { vouch: text, signature } = representative;
    if (!isSignedBy('representative', text, signature, signer.certificate)) {
      throw untrue('the signature of the representative is not of this receipt');
    }
    vouch = parseFields(vouchSchema, parseJson(Buffer.from(text)));
    if (vouch.statement !== hash) throw untrue('the representative signed another statement');
    if (!coversTime(signer, statement)) notes.push('representative-certificate-dates');
  }
  const standing = standingOf(statement, device !== undefined, vouch);
  const lists = [statement.channels, statement.files, statement.refusals, statement.recordings];
  if (!lists.every(isWhole)) throw untrue('a list is not the one that its digest is of');
  if (statement.to < statement.from && statement.clock === 'relay') throw untrue('it ends before it begins');
  if (statement.clock === 'wrong') notes.push('clock-wrong');
  if (lists.some(({ count, items }) => items.length < count)) notes.push('lists-cut');
  return { standing, statement, hash, vouch, root: authority.sha256, notes };
}

function standingOf(statement: Statement, byDevice: boolean, vouch: Vouch | undefined): Standing {
  if (statement.by === 'device') {
    if (!byDevice) throw untrue('the half of the device, whose statement it is, is missing');
    if (!vouch) return 'device-alone';
    return vouch.agrees ? 'both' : 'disputed';
  }
  if (byDevice) throw untrue('the device signed what is not its own statement');
  if (!vouch?.agrees) throw untrue('the half of the representative, whose statement it is, is missing');
  return 'representative-alone';
}

type Issuers = ReturnType<typeof readAuthority>;

function readAuthority({ authority }: Receipt, root: string | undefined) {
  return trusted('the authority', () => {
    const parsed = parseRoot(authority.root);
    const sha256 = rootSha256({ root: parsed });
    if (root !== undefined && root !== sha256) {
      throw untrue(`it is of another maker: their root is ${sha256}`);
    }
    return {
      sha256,
      device: parseIntermediate(authority.device, 'device', parsed),
      representative: parseIntermediate(authority.representative, 'representative', parsed),
    };
  });
}

type Signer = PeerIdentity & { readonly certificate: ReturnType<typeof parseCertificate> };

function signerOf(role: Extract<Role, 'device' | 'representative'>, pem: string, issuers: Issuers): Signer {
  return trusted(`the certificate of the ${role}`, () => {
    const certificate = parseCertificate(pem);
    return { ...verifyLeaf(certificate.raw, role, null, issuers[role]), certificate };
  });
}

function mustBe(signer: Signer, named: { readonly id: string; readonly key: string }, what: string): void {
  if (signer.id !== named.id || signer.keySha256 !== named.key) throw untrue(`it was not signed by ${what}`);
}

/** Whether the certificate was valid when the session was, as far as the clocks of the two tell. */
const coversTime = ({ notBefore, notAfter }: Signer, { from, to }: Statement): boolean =>
  to >= notBefore - slackMs && from <= notAfter + slackMs;

const untrue = (reason: string): SallyportError => fail('receipt-false', { details: { reason } });

function trusted<T>(what: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof SallyportError) || error.code !== 'peer-untrusted') throw error;
    throw fail('receipt-false', { details: { reason: `${what} is not the maker's` }, cause: error });
  }
}
