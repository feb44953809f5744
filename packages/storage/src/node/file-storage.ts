import { type FileHandle, lstat, mkdir, open, readdir, realpath, rename, rm, stat, statfs } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Storage } from '../storage.ts';
import { lockFolder } from './lock-folder.ts';
import { isInside } from './is-inside.ts';
import { digestRegularFile, readRegularFile } from './read-regular-file.ts';
import { isUnfinished, sweepUnfinished, unfinishedPath } from './unfinished-files.ts';

/**
 * Stores files in a folder. Paths are relative, use `/`, and cannot leave the folder, neither through `..` nor through a link.
 * Writes are atomic: the bytes are written to a temporary file, synced to disk, and renamed. Temporary files are not listed, and those of processes that
 * have ended are removed at the first write to their folder.
 * Errors name the path and suggest a solution.
 */
export function fileStorage(root: string): Storage {
  const folder = resolve(root);
  const at = (path: string): Promise<string> => locate(folder, path);
  const swept = new Set<string>();
  return {
    location: root,
    lock: () =>
      attempt('lock', folder, async () => {
        await makeFolder(folder);
        return lockFolder(root);
      }),
    async free() {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    },
    size: async (path) => {
      const file = await at(path);
      return attempt('look for', file, async () => {
        const found = await stat(file).catch(missing(undefined));
        return found?.isFile() ? found.size : undefined;
      });
    },
    read: async (path) => {
      const file = await at(path);
      return attempt('read', file, () => readRegularFile(file));
    },
    sha256: async (path) => {
      const file = await at(path);
      return attempt('read', file, () => digestRegularFile(file));
    },
    write: async (path, bytes) => {
      const file = await at(path);
      await attempt('write', file, () => writeWhole(file, bytes));
      if (swept.has(dirname(file))) return;
      swept.add(dirname(file));
      await sweepUnfinished(dirname(file));
    },
    exists: async (path) => {
      const file = await at(path);
      return attempt('look for', file, () => present(file));
    },
    list: async (path) => {
      const file = await at(path);
      return attempt('list', file, async () => {
        const names = await readdir(file).catch(missing<string[]>([]));
        return names.filter((name) => !isUnfinished(name)).sort();
      });
    },
    remove: async (path) => {
      const file = await at(path);
      if (file === folder)
        throw new Error(
          `Removing "${path}" would remove the whole folder "${folder}". Pass the path of a file or folder inside it.`,
        );
      await attempt('remove', file, () => rm(file, { recursive: true, force: true, maxRetries: 3 }));
    },
  };
}

/** Resolves a relative path to an absolute one. @throws if it is not inside the folder */
async function locate(folder: string, path: string): Promise<string> {
  if (
    path.includes('\0') ||
    path.includes('\\') ||
    isAbsolute(path) ||
    /^[a-z]:/i.test(path) ||
    path.split('/').includes('..')
  )
    throw new Error(
      `The path ${JSON.stringify(path)} is not inside "${folder}". Pass a relative path with "/" and without "..".`,
    );
  const file = join(folder, path);
  const real = await realOf(file);
  if (!isInside(await realOf(folder), real))
    throw new Error(
      `The path "${path}" leads through a link to "${real}", which is outside "${folder}". Remove the link.`,
    );
  return file;
}

/** Resolves links in a path; parts that do not exist yet stay unchanged. */
async function realOf(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw sentence('reach', file, error);
    if (code === 'ENOENT' && (await lstat(file).catch(() => undefined))?.isSymbolicLink())
      throw new Error(`"${file}" is a broken link. Remove it.`, { cause: error });
    const parent = dirname(file);
    return parent === file ? file : join(await realOf(parent), basename(file));
  }
}

async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const parent = dirname(file);
  const aside = unfinishedPath(file);
  await makeFolder(parent);
  // Systems report different errors for a file with the name of a folder.
  if ((await lstat(file).catch(missing(undefined)))?.isDirectory())
    throw Object.assign(new Error('The file is a folder'), { code: 'EISDIR' });
  try {
    const handle = await open(aside, 'wx');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renameOver(aside, file);
  } catch (error) {
    await rm(aside, { force: true }).catch(() => {}); // report the first error
    throw error;
  }
  await syncFolder(parent);
}

/**
 * Creates a folder and its parents, if they do not exist. Unlike Node's `mkdir` with `recursive`, it ends if an existing folder does not accept
 * subfolders, such as /proc.
 * @throws the system's error
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const parent = dirname(folder);
    if (code === 'ENOENT' && parent !== folder && !(await present(parent))) {
      await makeFolder(parent);
      await makeFolder(folder);
    } else if (code === 'ENOENT')
      throw Object.assign(new Error('The folder does not accept subfolders'), { code: 'EPERM' });
    // The code for an existing folder differs by system.
    else if (!(await stat(folder).catch(missing(undefined)))?.isDirectory()) throw error;
  }
}

/** Renames a file, with retries on Windows, where readers and virus scanners may briefly lock the old file. */
async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await rename(from, to);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (process.platform !== 'win32' || attempt === 5 || !['EPERM', 'EACCES', 'EBUSY'].includes(code ?? ''))
        throw error;
      await setTimeout(20 * 2 ** attempt);
    }
  }
}

/** Syncs a folder to disk, so a rename survives a power failure. Does nothing if the system does not support it. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!['EPERM', 'EISDIR', 'EINVAL', 'EACCES', 'ENOTSUP', 'ENOSYS'].includes(code ?? '')) throw error;
  } finally {
    await handle?.close();
  }
}

async function present(file: string): Promise<boolean> {
  return (await lstat(file).catch(missing(undefined))) !== undefined;
}

/** A rejection handler that returns `value` if the file is missing, and otherwise rethrows the error. */
const missing =
  <T>(value: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return value;
    throw error;
  };

async function attempt<T>(verb: string, file: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === undefined ? error : sentence(verb, file, error);
  }
}

const reasons: Record<string, string> = {
  ENOENT: 'there is no such file. Check the path',
  ENOTDIR: 'a part of the path is a file and not a folder. Choose another path, or move that file away',
  EEXIST: 'a part of the path is a file and not a folder. Choose another path, or move that file away',
  EISDIR: 'it is a folder. Pass the path of a file, or move the folder away',
  ENOSPC: 'the disk is full. Free some space, or choose a folder on another disk',
  EDQUOT: 'the disk quota is exceeded. Free some space, or choose another folder',
  EACCES: 'permission is denied. Change the permissions, or choose another folder',
  EPERM: 'the system does not permit it. Change the permissions, or choose another folder',
  EROFS: 'the disk is read-only. Choose another folder',
  EMFILE: 'too many files are open. Close some, or raise the limit (ulimit -n)',
  ESPIPE: 'it is a pipe, a socket or a device. Pass the path of a file',
  ENAMETOOLONG: 'the name is too long. Choose a shorter one',
};

function sentence(verb: string, file: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  return Object.assign(new Error(`Cannot ${verb} "${file}": ${reasons[code ?? ''] ?? message}.`, { cause: error }), {
    code,
    path: file,
  });
}
