import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';

/** One end of a TCP connection. */
export type Endpoint = { readonly address: string; readonly port: number };

/** The bytes of an address in network order: 4, or 16; undefined if it is no address. */
export function addressBytes(address: string): Buffer | undefined {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(plain)) return Buffer.from(plain.split('.').map(Number));
  const [front = [], back = []] = address
    .replace(/%.*$/, '')
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':').map((word) => Number(`0x${word}`))));
  const gap = address.includes('::')
    ? Array<number>(Math.max(0, 8 - front.length - back.length)).fill(0)
    : [];
  const words = [...front, ...gap, ...back];
  if (words.length !== 8 || words.some((word) => !(word >= 0 && word <= 0xffff))) return undefined;
  return Buffer.from(words.flatMap((word) => [word >> 8, word & 0xff]));
}

/**
 * `ADDRESS:PORT` as the kernel's tables write it: each 32-bit word of the address in the machine's order, in hex.
 * An IPv4 end has two forms, since a program may reach it through an IPv6 socket (`::ffff:127.0.0.1`).
 */
function kernelForms(end: Endpoint): string[] {
  const bytes = addressBytes(end.address);
  if (!bytes) return [];
  const mapped = Buffer.concat([Buffer.from('00000000000000000000ffff', 'hex'), bytes]);
  const port = end.port.toString(16).padStart(4, '0');
  return (bytes.length === 4 ? [bytes, mapped] : [bytes]).map((form) => {
    const words = endianness() === 'LE' ? Buffer.from(form).swap32() : form;
    return `${words.toString('hex')}:${port}`.toUpperCase();
  });
}

/**
 * The user who owns the socket that is bound to `local` and connected to `remote`, by the text of /proc/net/tcp or
 * tcp6; undefined if it is not there. Columns: number, local, remote, state, queues, timer, retransmits, uid.
 */
export function ownerInTable(table: string, local: Endpoint, remote: Endpoint): number | undefined {
  const locals = kernelForms(local);
  const remotes = kernelForms(remote);
  for (const line of table.split('\n').slice(1)) {
    const columns = line.trim().split(/\s+/);
    if (!locals.includes(columns[1] ?? '') || !remotes.includes(columns[2] ?? '')) continue;
    const owner = Number(columns[7]);
    return Number.isSafeInteger(owner) ? owner : undefined;
  }
  return undefined;
}

/**
 * The user whose program is at the other end of a connection within this machine; undefined if it is not within it,
 * and on other systems than Linux, which have no such table.
 *
 * @param here this end, as `socket.localAddress` and `localPort` tell it
 * @param there the other end
 */
export async function ownerOfPeer(here: Endpoint, there: Endpoint): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const owner = ownerInTable(await readTable(file), there, here);
    if (owner !== undefined) return owner;
  }
  return undefined;
}

/** Empty where the kernel has no such table. One that cannot be read, as for want of a descriptor, is not empty. */
async function readTable(file: string): Promise<string> {
  try {
    return await readFile(file, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/**
 * Whether the program at the other end of a loopback connection runs as this user: loopback belongs to every user of
 * a computer, a forwarded port must not (design, section 8). Other systems than Linux do not tell: always true.
 */
export async function isOwnConnection(here: Endpoint, there: Endpoint): Promise<boolean> {
  if (process.platform !== 'linux' || !process.getuid) return true;
  return (await ownerOfPeer(here, there)) === process.getuid();
}
