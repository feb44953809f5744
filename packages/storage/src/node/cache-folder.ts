import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** The folder for what can be downloaded or measured again: the one in the environment variable GRAFT_CACHE, or `.cache/graft` in the user's home. */
export function cacheFolder(): string {
  const named = process.env['GRAFT_CACHE'];
  return named ? resolve(named) : join(homedir(), '.cache', 'graft');
}
