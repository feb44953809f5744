import { join } from 'node:path';
import { oneLine, showJson } from '@graft/plugin';
import { fileStorage, readRegularFile } from '@graft/storage/node';
import type { ModelCard } from '../model-card.ts';

/** The name of the lock file in a project's folder, which pins model files. */
export const lockName = 'graft-models.lock.json';

/** Source, length and digest of each model's file, by name. */
export type ModelLock = Readonly<Record<string, Pick<ModelCard, 'source' | 'bytes' | 'sha256'>>>;

/** Reads the models pinned in a project; empty if there is no lock file. @throws if the file is invalid */
export async function readLock(folder: string): Promise<ModelLock> {
  const path = join(folder, lockName);
  const bytes = await readRegularFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new Error(
      `"${path}" ${error.code === 'ESPIPE' ? 'is a pipe, a socket or a device' : `cannot be read (${error.code})`}. Remove it, and pin the models again with graft models pull.`,
      { cause: error },
    );
  });
  if (bytes === undefined) return {};
  const text = new TextDecoder().decode(bytes);
  const broken = (why: string): Error =>
    new Error(
      `"${path}" is not a valid lock file: ${why}. Fix it, or remove it and pin the models again with graft models pull.`,
    );
  let value: { models?: unknown } | null;
  try {
    value = JSON.parse(text) as { models?: unknown } | null;
  } catch (error) {
    throw broken(`it is not JSON (${oneLine((error as Error).message)})`);
  }
  const models = value?.models;
  if (typeof models !== 'object' || models === null) throw broken('there is no object under "models"');
  for (const [name, pin] of Object.entries(models as Record<string, Partial<ModelCard> | null>))
    if (
      typeof pin?.source !== 'string' ||
      !Number.isSafeInteger(pin.bytes) ||
      !/^[0-9a-f]{64}$/.test(String(pin.sha256))
    )
      throw broken(`${showJson(name, 60)} lacks its source, bytes or sha256`);
  return models as ModelLock;
}

/** Pins a model in the project's lock file. */
export async function pinModel(folder: string, { name, source, bytes, sha256 }: ModelCard): Promise<void> {
  const models = { ...(await readLock(folder)), [name]: { source, bytes, sha256 } };
  const sorted = Object.fromEntries(Object.entries(models).sort(([a], [b]) => (a < b ? -1 : 1)));
  await fileStorage(folder).write(
    lockName,
    new TextEncoder().encode(`${JSON.stringify({ models: sorted }, null, 2)}\n`),
  );
}

/** @throws if the card describes a different file than the one pinned in the project */
export function checkLock(lock: ModelLock, { name, sha256 }: ModelCard): void {
  const pin = Object.hasOwn(lock, name) ? lock[name] : undefined;
  if (pin && pin.sha256 !== sha256)
    throw new Error(
      `The model "${name}" differs from the file pinned in this project: SHA-256 ${sha256}, but ${lockName} has ${pin.sha256}. Install the original card, or pin the new file with graft models pull ${name} --update.`,
    );
}
