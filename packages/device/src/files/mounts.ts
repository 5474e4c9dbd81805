import { type BytePath, isWithin, join } from './bytePath.ts';

/**
 * Every path under which `folder` or a part of it can be seen: the folder itself, and where mounts (`mount --bind`,
 * containers' volumes, a device mounted twice) show the same files once more.
 *
 * @param mountinfo the content of `/proc/self/mountinfo` (proc(5)), as latin1:
 * ```
 *  id parent major:minor root-in-its-file-system mount-point options …
 * ```
 */
export function pathsOf(folder: BytePath, mountinfo: string): BytePath[] {
  const mounts = mountinfo
    .split('\n')
    .map((line) => line.split(' '))
    .filter((fields) => fields.length > 5)
    .map(([, , device, root = '/', point = '/']) => ({ device, root: plain(root), point: plain(point) }));
  // Of several mounts at one place the last one is seen.
  const own = mounts
    .filter(({ point }) => isWithin(folder, point))
    .reduce<(typeof mounts)[number] | undefined>(
      (best, mount) => (best && best.point.length > mount.point.length ? best : mount),
      undefined,
    );
  if (own === undefined) return [folder];
  const inFileSystem = moved(folder, own.point, own.root);
  const paths = mounts
    .filter(({ device }) => device === own.device)
    .flatMap(({ root, point }) => {
      if (isWithin(inFileSystem, root)) return [moved(inFileSystem, root, point)];
      return isWithin(root, inFileSystem) ? [point] : [];
    });
  return [...new Set([folder, ...paths])];
}

/** The path with `to` in the place of `from`, which it begins with. */
function moved(path: BytePath, from: BytePath, to: BytePath): BytePath {
  const rest = path.slice(from === '/' ? 1 : from.length + 1) as BytePath;
  return rest === '' ? to : join(to, rest);
}

/** Spaces, tabs, line breaks and backslashes are written as octal numbers. */
function plain(field: string): BytePath {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  ) as BytePath;
}
