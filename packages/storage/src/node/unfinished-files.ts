import { createHash, randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isRunning } from './is-running.ts';

const suffix = '.unfinished';

/**
 * The path of a new temporary file beside `file`, to be renamed to it when complete. Its name contains this process, so others can tell whether it
 * was abandoned.
 */
export const unfinishedPath = (file: string): string =>
  join(
    dirname(file),
    `.${basename(file).slice(0, 32)}.${machine()}.${process.pid}.${randomBytes(6).toString('hex')}${suffix}`,
  );

/** Whether this is the name of a temporary file. */
export const isUnfinished = (name: string): boolean => name.endsWith(suffix);

/** Whether this is the name of a temporary file whose process has ended; false for processes that cannot be seen from here. */
export function isAbandoned(name: string): boolean {
  const [, of, pid] = /\.([0-9a-f]{8})\.(\d+)\.[0-9a-f]{12}\.unfinished$/.exec(name) ?? [];
  return of === machine() && !isRunning(Number(pid));
}

/** Removes the temporary files in a folder whose processes have ended. A file that cannot be removed stays. */
export async function sweepUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch((): string[] => []))
    if (isAbandoned(name)) await rm(join(folder, name), { force: true }).catch(() => {});
}

let known: string | undefined;

/** Where process numbers count: containers may share a host name and a folder, but not their processes. */
function machine(): string {
  return (known ??= createHash('sha256').update(`${hostname()} ${ownSpace()}`).digest('hex').slice(0, 8));
}

function ownSpace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined; // not Linux
  }
}
