import { createHash, randomBytes } from 'node:crypto';
import { link, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isRunning } from './is-running.ts';
import { readRegularFile } from './read-regular-file.ts';
import { unfinishedPath } from './unfinished-files.ts';

/** The process that holds a lock. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** The process's start time, in the system's units; distinguishes it from a later process with the same number. */
  readonly began: string | undefined;
  /** Where its number counts: containers may share a host name and a folder, but not their processes. */
  readonly space?: string | undefined;
}

const name = '.lock';
/** Milliseconds to wait for the contents of a new lock, which is empty at first on file systems without links. */
const patience = 200;

/**
 * Locks a run folder until the returned function is called. Takes over the lock of a process that has ended.
 * @param wait how long another process may take to remove an old lock, in milliseconds
 * @throws if another process uses the folder, or is removing an old lock for longer
 */
export async function lockFolder(folder: string, wait = mostWait): Promise<() => Promise<void>> {
  const file = join(folder, name);
  const mine = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    began: await beginOf(process.pid),
    space: await ownSpace(),
    id: randomBytes(8).toString('hex'),
  } satisfies Holder & { id: string });
  const deadline = Date.now() + wait;
  for (;;) {
    if (await claim(file, mine)) return () => rm(file, { force: true });
    const text = await settled(file);
    if (text === undefined) continue; // released in the meantime
    const holder = parse(text);
    if (holder && !(await isGone(holder)))
      throw new Error(
        `Process ${holder.pid}${holder.host === hostname() ? '' : ` on ${holder.host}`} is using "${folder}". Wait until it ends, use another folder, or remove "${file}" if the process no longer exists.`,
      );
    await takeAway(file, text, mine, deadline);
  }
}

/** In milliseconds; removing an old lock usually takes one. */
const mostWait = 10_000;

/** Creates the lock file if it does not exist. The contents are written to a temporary file that is linked into place, so the lock is never partial, even if this process is suspended. */
async function claim(file: string, content: string): Promise<boolean> {
  const aside = unfinishedPath(file);
  try {
    await writeFile(aside, content, { flag: 'wx', flush: true });
    await link(aside, file).catch((error: NodeJS.ErrnoException) => {
      if (!['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'].includes(error.code ?? '')) throw error;
      return writeFile(file, content, { flag: 'wx', flush: true }); // a file system without links
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

/** The contents of a lock once it is written, or `undefined` if it is gone. */
async function settled(file: string): Promise<string | undefined> {
  const text = await readText(file);
  if (text === undefined || parse(text)) return text;
  await setTimeout(patience);
  return readText(file);
}

const readText = (file: string): Promise<string | undefined> =>
  readRegularFile(file).then(
    (bytes) => new TextDecoder().decode(bytes),
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error.code === 'ESPIPE' || error.code === 'EISDIR'
        ? new Error(`The lock "${file}" is not a file. Remove it.`, { cause: error })
        : error;
    },
  );

function parse(text: string): Holder | undefined {
  try {
    const { pid, host, began, space } = JSON.parse(text) as Partial<Holder>;
    return Number.isSafeInteger(pid) &&
      pid! > 0 &&
      typeof host === 'string' &&
      (began === undefined || typeof began === 'string') &&
      (space === undefined || typeof space === 'string')
      ? { pid: pid!, host, began, space }
      : undefined;
  } catch {
    return undefined; // the process was killed while writing
  }
}

/** Whether a process has ended; false for processes on other machines and in other containers, which cannot be seen. */
async function isGone({ pid, host, began, space }: Holder): Promise<boolean> {
  if (host !== hostname()) return false;
  const own = await ownSpace();
  if (space !== undefined && own !== undefined && space !== own) return false;
  if (!isRunning(pid)) return true;
  const now = await beginOf(pid);
  return began !== undefined && now !== undefined && began !== now;
}

/** The namespace of process numbers on Linux, such as `pid:[4026531836]`. */
const ownSpace = (): Promise<string | undefined> => readlink('/proc/self/ns/pid').catch(() => undefined);

/** The start time from field 22 of Linux's `/proc/<pid>/stat`, with the boot id. Field 2 is in parentheses and may contain spaces. */
async function beginOf(pid: number): Promise<string | undefined> {
  const [stat, boot] = await Promise.all(
    [`/proc/${pid}/stat`, '/proc/sys/kernel/random/boot_id'].map((file) =>
      readFile(file, 'utf8').catch(() => undefined),
    ),
  );
  const ticks = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return ticks && boot && `${boot.trim()}/${ticks}`;
}

/**
 * Removes the lock of a process that has ended. This requires a second lock, named after the contents of the first. Contents are unique,
 * so only one process removes a lock, and never removes its successor. The second lock is taken over in the same way.
 */
async function takeAway(file: string, text: string, mine: string, deadline: number): Promise<void> {
  const turn = `${file}.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  if (await claim(turn, mine)) {
    try {
      if ((await readText(file)) === text) await rm(file, { force: true });
    } finally {
      await rm(turn, { force: true });
    }
    return;
  }
  const other = await settled(turn);
  const holder = other === undefined ? undefined : parse(other);
  if (other !== undefined && (!holder || (await isGone(holder)))) return takeAway(turn, other, mine, deadline);
  if (Date.now() > deadline)
    throw new Error(
      `Another process has been removing an old lock with "${turn}" for too long. Remove "${file}" and "${turn}" if no process uses the folder.`,
    );
  await setTimeout(patience / 20);
}
