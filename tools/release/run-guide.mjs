// @ts-check
// Follows a guide: ```sh blocks are run line by line, ```ts path (or js, json) blocks are written to that file.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { run } from './npm.mjs';

/** @param {string} text @returns {{ language: string, file: string, code: string, line: number }[]} */
export const blocksOf = (text) =>
  [...text.matchAll(/^```(\w+) ?(\S*)\n([\s\S]*?)^```/gm)].map((match) => ({
    language: match[1] ?? '',
    file: match[2] ?? '',
    code: match[3] ?? '',
    line: text.slice(0, match.index).split('\n').length,
  }));

/**
 * Follows a guide in an empty folder whose .npmrc sets the registry.
 * @param {string} path of the guide @param {string} folder @returns {Promise<string>} the output of the last block @throws an error with the failing block
 */
export async function runGuide(path, folder) {
  let [place, printed] = [folder, ''];
  for (const { language, file, code, line } of blocksOf(readFileSync(path, 'utf8'))) {
    if (language !== 'sh') {
      mkdirSync(dirname(join(place, file)), { recursive: true });
      writeFileSync(join(place, file), code);
      continue;
    }
    for (const command of code.trim().split('\n')) {
      const [, to] = /^cd (.+)$/.exec(command) ?? [];
      if (to) place = resolve(place, to);
      else
        printed = await run('sh', ['-c', command], place, {
          npm_config_userconfig: join(folder, '.npmrc'),
          // The user's cache may hold what `npm create` downloaded as the same version from an earlier registry.
          npm_config_cache: join(folder, '.npm'),
        }).catch((error) => {
          throw new Error(`${path}:${line}: ${error.message}`, { cause: error });
        });
    }
  }
  return printed.trim();
}
