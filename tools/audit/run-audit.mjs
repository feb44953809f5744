// @ts-check
import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { families } from './families.mjs';
import { asEnded, runCommand } from './run-command.mjs';
import { verdict } from './verdict.mjs';
import { AuditWorker } from './worker-pool.mjs';

/** A file outside of every case's folder, that links and paths in cases lead to. */
export const secret = 'a text that nobody may read';
/** Number of cases at a time. */
const atOnce = 2;

/** @typedef {{ family: string, one: import('./case.mjs').Case, wrong: string | undefined }} Result */

/**
 * Runs all cases of some families, and returns what each led to, in order.
 * @param {{ names: readonly string[], folder: string, shared: import('./case.mjs').Shared, match?: string | undefined, onResult?: (result: Result) => void }} options
 * @returns {Promise<Result[]>}
 */
export async function runAudit({ names, folder: within, shared, match, onResult = () => {} }) {
  const folder = realpathSync(within);
  const tasks = names
    .flatMap((family) =>
      (families[family] ?? []).map((one, index) => ({ family, one, index, place: join(folder, `${family}-${index}`) })),
    )
    .filter(({ one }) => match === undefined || one.name.includes(match));
  /** @type {Result[]} */
  const results = [];
  const order = [...tasks.keys()];
  // What prepares and compares the files of another case would block the clock that measures Ctrl+C.
  const isTimed = (/** @type {number} */ i) =>
    tasks[i]?.one.interrupt !== undefined && tasks[i].one.interrupt !== false;
  for (const [some, lanes] of /** @type {const} */ ([
    [order.filter((i) => !isTimed(i)), atOnce],
    [order.filter(isTimed), 1],
  ])) {
    const left = some.values();
    const work = async () => {
      const worker = new AuditWorker();
      for (const i of left) {
        const { family, one, index, place } = /** @type {(typeof tasks)[number]} */ (tasks[i]);
        const result = { family, one, wrong: await tryCase({ family, one, index, place, shared, worker }) };
        results[i] = result;
        onResult(result);
        rmSync(place, { recursive: true, force: true });
      }
      worker.stop();
    };
    await Promise.all(Array.from({ length: lanes }, work));
  }
  return results;
}

/**
 * @param {{ family: string, one: import('./case.mjs').Case, index: number, place: string, shared: import('./case.mjs').Shared, worker: AuditWorker }} task
 * @returns {Promise<string | undefined>} what is not as expected
 */
async function tryCase({ family, one, index, place, shared, worker }) {
  const [inside, home, outside] = [join(place, 'case'), join(place, 'home'), join(place, 'elsewhere')];
  for (const path of [inside, join(home, 'tmp'), outside]) mkdirSync(path, { recursive: true });
  writeFileSync(join(outside, 'secret.txt'), secret);
  try {
    await one.files?.(inside, shared);
    const before = contentOf(place, one.writes);
    const ended = one.command
      ? asEnded(
          await runCommand(one.command(inside, shared), {
            cwd: inside,
            home,
            stdin: one.stdin,
            interrupt: one.interrupt,
            env: one.env?.(shared),
          }),
          one,
        )
      : await worker.read(family, index, inside);
    if (typeof ended === 'string') return ended;
    const wrong = one.interrupt ? undefined : verdict(one, ended);
    if (wrong) return wrong;
    if (`${ended.said} ${ended.error}`.includes(secret)) return 'it printed a file from outside of the folder';
    const after = contentOf(place, one.writes);
    const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
      (path) => before.get(path) !== after.get(path),
    );
    return changed.length ? `it changed ${changed.slice(0, 5).join(', ')}` : undefined;
  } catch (error) {
    return `the case itself failed: ${/** @type {Error} */ (error).stack}`;
  }
}

/**
 * Every file below a folder with a digest, or its kind. Links are not followed.
 * @param {string} root @param {string | readonly string[]} [except] names in the case's folder, and the caches of the home folder
 */
function contentOf(root, except = []) {
  const left = new Set([except].flat().map((name) => join(root, 'case', name)));
  left.add(join(root, 'home', 'cache'));
  /** @type {Map<string, string>} */
  const found = new Map();
  const visit = (/** @type {string} */ folder) => {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (left.has(path)) continue;
      const entry = lstatSync(path);
      if (entry.isDirectory()) visit(path);
      found.set(
        path,
        entry.isSymbolicLink()
          ? readlinkSync(path)
          : !entry.isFile()
            ? `mode ${entry.mode}`
            : entry.size > 2 ** 24
              ? `${entry.size} bytes of ${entry.mtimeMs}`
              : createHash('sha256').update(readFileSync(path)).digest('hex'),
      );
    }
  };
  visit(root);
  return found;
}
