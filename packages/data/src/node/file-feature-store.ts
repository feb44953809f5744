import { createHash } from 'node:crypto';
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { fileStorage, isUnfinished } from '@graft/storage/node';
import type { FeatureStore } from '../feature-store.ts';

const digestBytes = 32;
const ending = '.f32';
/** The fraction of `maxBytes` that is freed at once, and written between two scans of the folder. */
const share = 1 / 64;

/**
 * A feature store in a folder that holds up to `maxBytes` (default 4 GiB). Files contain a SHA-256 and little-endian float32 values. They
 * are written atomically, and damaged ones are removed. Several processes may share the folder: files are independent, and their
 * modification times record their last use.
 */
export function fileFeatureStore(folder: string, { maxBytes = 4 * 2 ** 30 } = {}): FeatureStore {
  const storage = fileStorage(folder);
  const nameOf = (key: string): string => `${createHash('sha256').update(key).digest('hex')}${ending}`;
  let room = 0; // bytes that can be written before the next scan of the folder
  return {
    async read(key) {
      const name = nameOf(key);
      const bytes = await storage.read(name).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (bytes === undefined) return undefined;
      const body = bytes.subarray(digestBytes);
      if (body.length % 4 !== 0 || !digest(key, body).equals(bytes.subarray(0, digestBytes))) {
        await storage.remove(name); // damaged
        return undefined;
      }
      const now = new Date();
      await utimes(join(folder, name), now, now).catch(() => {}); // another process may have removed it
      return numbers(body);
    },
    async write(key, values) {
      const size = digestBytes + values.byteLength;
      const name = nameOf(key);
      if (size > maxBytes) return storage.remove(name);
      const body = littleEndian(values);
      // Frees a share at a time: scanning many files for each write would take longer than computing the features.
      if (size > room)
        room = Math.min(
          maxBytes * share,
          maxBytes - (await makeRoom(folder, { most: maxBytes - size, enough: maxBytes * (1 - share), except: name })),
        );
      room -= size;
      await storage.write(name, Buffer.concat([digest(key, body), body]));
    },
  };
}

/** If the files are larger than `most` bytes, removes the least recently used ones down to `enough`. Returns their total size. */
async function makeRoom(
  folder: string,
  { most, enough, except }: { readonly most: number; readonly enough: number; readonly except: string },
): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const files = (
    await Promise.all(
      names
        .filter((name) => (name.endsWith(ending) || isUnfinished(name)) && name !== except)
        .map(async (name) => {
          const found = await stat(join(folder, name)).catch(() => undefined); // removed meanwhile
          return found ? [{ name, size: found.size, used: found.mtimeMs }] : [];
        }),
    )
  )
    .flat()
    .sort((a, b) => a.used - b.used);
  let total = files.reduce((sum, { size }) => sum + size, 0);
  if (total <= most) return total;
  for (const { name, size } of files) {
    if (total <= enough && total <= most) break;
    await rm(join(folder, name), { force: true });
    total -= size;
  }
  return total;
}

/** The digest of key and content, which also detects a renamed file. */
const digest = (key: string, body: Uint8Array): Buffer =>
  createHash('sha256').update(`${key.length}:${key}`).update(body).digest();

function littleEndian(values: Float32Array): Buffer {
  const body = Buffer.alloc(values.byteLength);
  values.forEach((value, i) => body.writeFloatLE(value, 4 * i));
  return body;
}

function numbers(body: Uint8Array): Float32Array {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  return Float32Array.from({ length: body.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}
