/** A small disk of its own for a folder that programs write to: it can be filled up. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt, must } from './system.ts';

const mounted = new Set<string>();
process.on('exit', () => {
  for (const folder of mounted) attempt('umount', ['-l', folder]);
});

export type Disk = {
  readonly folder: string;
  /** Leaves no byte free. */
  fill(): void;
  /** Makes it as free as before. */
  free(): void;
  remove(): void;
};

/** Mounts a disk of `kilobytes` at `folder`, which is made. @throws where this machine lets nobody mount */
export function mountDisk(folder: string, kilobytes: number): Disk {
  removeLeftovers();
  mkdirSync(folder, { recursive: true });
  must('mount', [
    '-t',
    'tmpfs',
    '-o',
    `size=${kilobytes}k,mode=0700`,
    `sallyport-faults-${process.pid}`,
    folder,
  ]);
  mounted.add(folder);
  const filler = join(folder, 'filler');
  return {
    folder,
    fill: () => {
      for (let bytes = 1_048_576; bytes >= 1; ) {
        try {
          writeFileSync(filler, Buffer.alloc(bytes), { flag: 'a' });
        } catch {
          bytes = Math.floor(bytes / 2);
        }
      }
    },
    free: () => rmSync(filler, { force: true }),
    remove: () => {
      must('umount', ['-l', folder]);
      mounted.delete(folder);
    },
  };
}

/** Takes away the disks of runs that were killed before they could. */
function removeLeftovers(): void {
  for (const line of readFileSync('/proc/self/mounts', 'utf8').split('\n')) {
    const [device = '', folder = ''] = line.split(' ');
    const pid = /^sallyport-faults-(\d+)$/.exec(device)?.[1];
    if (pid !== undefined && attempt('kill', ['-0', pid]) === undefined) attempt('umount', ['-l', folder]);
  }
}
