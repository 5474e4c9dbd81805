import { type BytePath, isWithin, normal, toText } from './bytePath.ts';
import { denied, type Refusal } from './refusal.ts';

/** Whether a request only looks, or changes something. */
export type Purpose = 'look' | 'change';

/** What of the device is open to this session. All paths are real ones: absolute, without links. */
export type FenceLines = {
  /** Nothing outside these. */
  readonly roots: readonly BytePath[];
  /** The same as the configuration has them, links and all. */
  readonly rootsAsWritten: readonly BytePath[];
  /** Nothing in these, whatever the roots say: the agent's own data. `/proc` is always among them. */
  readonly forbidden: readonly BytePath[];
  /** Whether anything may be changed: the scope `files:write`. */
  readonly write: boolean;
};

/** File systems that are the kernel speaking (statfs(2), `f_type`). They can be read, `/proc` excepted, and never written. */
const procType = 0x9fa0n;
const kernelTypes: ReadonlySet<bigint> = new Set([
  0x62656572n, // sysfs
  0x64626720n, // debugfs
  0x74726163n, // tracefs
  0x73636673n, // securityfs
  0x27e0ebn, // cgroup
  0x63677270n, // cgroup2
  0x62656570n, // configfs
  0xde5e81e4n, // efivarfs
  0xcafe4a11n, // bpf
  0xf97cff8cn, // selinuxfs
  0x42494e4dn, // binfmt_misc
]);

const proc = '/proc' as BytePath;
const sys = '/sys' as BytePath;

/** The decisions about paths. Pure: what a path really is, is found out by `places.ts`. */
export type Fence = {
  readonly write: boolean;
  readonly roots: readonly BytePath[];
  /** Throws a refusal unless `real`, the real path of what has been opened already, is open to this purpose. */
  check(real: BytePath, purpose: Purpose): void;
  /** Throws a refusal for a file system of this type (statfs) that the purpose may not touch. */
  checkFileSystem(type: bigint, purpose: Purpose): void;
  /** Throws a refusal for a path as the client wrote it that leads into what is forbidden by its text alone. */
  checkText(path: BytePath, cwd: BytePath): void;
  /** Throws a refusal for a path outside by its text alone that could not be opened: whether it is there is not told. */
  checkAbsent(path: BytePath, cwd: BytePath): void;
  /** Throws a refusal for an entry that must keep its name, because something forbidden lies in it. */
  checkMove(real: BytePath): void;
  /** Throws a refusal where nothing may be changed at all. */
  checkWrite(): void;
};

export function makeFence({ roots, rootsAsWritten, forbidden, write }: FenceLines): Fence {
  const closed = [proc, ...forbidden];

  function checkWrite(): void {
    if (!write) throw denied('Only reading is allowed in this session (files:read): nothing can be changed.');
  }
  function outside(): Refusal {
    return denied(`This is outside of what is open to you: ${roots.map(toText).join(', ')}.`);
  }
  function check(real: BytePath, purpose: Purpose): void {
    if (purpose === 'change') checkWrite();
    if (!roots.some((root) => isWithin(real, root))) throw outside();
    if (closed.some((folder) => isWithin(real, folder))) throw neverOpen();
    if (purpose === 'change' && isWithin(real, sys)) throw kernelsOwn();
  }
  return {
    write,
    roots,
    check,
    checkFileSystem(type, purpose) {
      if (type === procType) throw neverOpen();
      if (purpose === 'change' && kernelTypes.has(type)) throw kernelsOwn();
    },
    checkText(path, cwd) {
      const text = normal(path, cwd);
      if (closed.some((folder) => isWithin(text, folder))) throw neverOpen();
    },
    checkAbsent(path, cwd) {
      const text = normal(path, cwd);
      if (![...roots, ...rootsAsWritten].some((root) => isWithin(text, root))) throw outside();
    },
    checkMove(real) {
      if (closed.some((folder) => isWithin(folder, real)))
        throw denied(
          'This folder has something in it that is never open to a session: it keeps its name and place.',
        );
    },
    checkWrite,
  };
}

function neverOpen(): Refusal {
  return denied('This folder is never open to a session.');
}

function kernelsOwn(): Refusal {
  return denied("The kernel's own settings can be read here, not changed.");
}
