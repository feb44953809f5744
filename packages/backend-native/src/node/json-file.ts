import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { unfinishedPath } from '@graft/storage/node';

/** Limits of a file: a larger one was not written here. */
const MOST_BYTES = 4 * 2 ** 20;
const MOST_ENTRIES = 20_000;
const MOST_CHARACTERS = 2000;

/**
 * A small file of strings by key, shared between processes. A file that is damaged or too large counts as empty, and one that cannot be written
 * is not an error: its contents are only a shortcut.
 */
export class JsonFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  read(): Readonly<Record<string, string>> {
    try {
      const file = statSync(this.path);
      if (!file.isFile() || file.size > MOST_BYTES) return {};
      const value: unknown = JSON.parse(readFileSync(this.path, 'utf8'));
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
      return Object.fromEntries(
        Object.entries(value)
          .slice(0, MOST_ENTRIES)
          .filter(
            (entry): entry is [string, string] =>
              typeof entry[1] === 'string' && Math.max(entry[0].length, entry[1].length) <= MOST_CHARACTERS,
          ),
      );
    } catch {
      return {};
    }
  }

  /** Adds an entry to what the file contains by now, and replaces the file at once. The oldest entries go if there are too many. */
  set(key: string, value: string): void {
    const { [key]: _, ...others } = this.read();
    const entries = [...Object.entries(others), [key, value] as const].slice(-MOST_ENTRIES);
    const part = unfinishedPath(this.path);
    try {
      mkdirSync(dirname(this.path), { recursive: true });
      writeFileSync(part, JSON.stringify(Object.fromEntries(entries)));
      renameSync(part, this.path);
    } catch {
      if (existsSync(part)) rmSync(part);
    }
  }
}
