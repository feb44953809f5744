import { existsSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/** `runs/2026-01-31_12-00-00`, with a number where another run began in the same second. */
export function newRunFolder(): string {
  const path = join('runs', new Date().toISOString().slice(0, 19).replace('T', '_').replaceAll(':', '-'));
  for (let number = 1; ; number++) {
    const free = number === 1 ? path : `${path}_${number}`;
    if (!existsSync(free)) return free;
  }
}

/** Does some work in a folder, and removes it where it was made for that and nothing is left in it. */
export async function inRunFolder<T>(path: string, work: () => Promise<T>): Promise<T> {
  const existed = existsSync(path);
  try {
    return await work();
  } finally {
    if (!existed) await rmdir(path).catch(() => {}); // where nothing is left in it
  }
}
