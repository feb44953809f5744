import { existsSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/** A new path such as `runs/2026-01-31_12-00-00`, with a number appended if it is taken. */
export function newRunFolder(): string {
  const path = join('runs', new Date().toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '-'));
  for (let number = 1; ; number++) {
    const free = number === 1 ? path : `${path}_${number}`;
    if (!existsSync(free)) return free;
  }
}

/** Does some work in a folder, and removes the folder afterwards if it is new and empty. */
export async function inRunFolder<T>(path: string, work: () => Promise<T>): Promise<T> {
  const existed = existsSync(path);
  try {
    return await work();
  } finally {
    if (!existed) await rmdir(path).catch(() => {}); // fails unless it is empty
  }
}
