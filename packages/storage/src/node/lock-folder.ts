import { createHash, randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** Who works in a folder. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, in the system's own count; tells it from a later one of the same number. */
  readonly began: string | undefined;
}

const name = '.lock';
/** Milliseconds in which whoever made a lock has written into it, where a file system has no links and it appears empty. */
const patience = 200;

/**
 * Keeps other processes out of a run folder until the returned function is called. The lock of a process that is gone is taken over.
 * @throws where another process works in the folder
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const file = join(folder, name);
  const mine = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    began: await beginOf(process.pid),
    id: randomBytes(8).toString('hex'),
  } satisfies Holder & { id: string });
  for (;;) {
    if (await claim(file, mine)) return () => rm(file, { force: true });
    const text = await settled(file);
    if (text === undefined) continue; // released in this moment
    const holder = parse(text);
    if (holder && !(await isGone(holder)))
      throw new Error(
        `Process ${holder.pid}${holder.host === hostname() ? '' : ` on ${holder.host}`} works in "${folder}". Wait until it ends, give another folder, or remove "${file}" if you know that it is gone.`,
      );
    await takeAway(file, text, mine);
  }
}

/** Makes the file, unless there is one. It is written aside and linked into its place, so that nobody ever sees it half written, however long this process is held up. */
async function claim(file: string, content: string): Promise<boolean> {
  const aside = `${file}.${randomBytes(6).toString('hex')}.unfinished`;
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

/** What a lock says once it has been written, or `undefined` where it is gone. */
async function settled(file: string): Promise<string | undefined> {
  const text = await readText(file);
  if (text === undefined || parse(text)) return text;
  await setTimeout(patience);
  return readText(file);
}

const readText = (file: string): Promise<string | undefined> =>
  readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });

function parse(text: string): Holder | undefined {
  try {
    const { pid, host, began } = JSON.parse(text) as Partial<Holder>;
    return Number.isSafeInteger(pid) &&
      pid! > 0 &&
      typeof host === 'string' &&
      (began === undefined || typeof began === 'string')
      ? { pid: pid!, host, began }
      : undefined;
  } catch {
    return undefined; // of a process that was killed as it wrote
  }
}

/** Whether a process has ended; of one on another machine nobody knows. */
async function isGone({ pid, host, began }: Holder): Promise<boolean> {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const now = await beginOf(pid);
  return began !== undefined && now !== undefined && began !== now;
}

/** The 22nd field of Linux's `/proc/<pid>/stat`; the second one, in brackets, may hold anything. */
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
 * Removes the lock of a process that is gone. Whoever does so holds a lock of its own, named after the one to remove: each lock says something that no other
 * says, so that only one process ever removes it, and never the one that comes after it. That lock is taken over in the same way.
 */
async function takeAway(file: string, text: string, mine: string): Promise<void> {
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
  if (other !== undefined && (!holder || (await isGone(holder)))) await takeAway(turn, other, mine);
  else await setTimeout(patience / 20);
}
