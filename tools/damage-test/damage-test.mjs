// @ts-check
// `npm run damage-test`: every file of a finished run and of a stopped one is truncated at each eighth of its length, emptied and filled with zeros. predict, evaluate, compare, export and
// resume must each give the correct result or a one-sentence error, and lose nothing.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../apps/graft/dist/program.js';
import { damageRuns } from './damage-runs.mjs';

/** Runs the command in this process and captures its output. @type {import('./damage-runs.mjs').Graft} */
async function graft(args, signal) {
  let [stdout, stderr] = ['', ''];
  const { log, error } = console;
  const write = process.stderr.write;
  console.log = (text) => void (stdout += `${text}\n`);
  console.error = (text) => void (stderr += `${text}\n`);
  process.stderr.write = (/** @type {unknown} */ text) =>
    ((stderr += String(text)), true);
  try {
    return { code: await run(args, signal), stdout, stderr };
  } finally {
    Object.assign(console, { log, error });
    process.stderr.write = write;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'graft-damage-test-'));
try {
  const start = performance.now();
  const { damages, looks, answered, refused } = await damageRuns({
    graft,
    folder,
    onFile: (line) => console.log(line),
  });
  console.log(
    `${damages} damages, ${looks} commands: ${answered} gave the correct result, ${refused} failed with a clear error and changed nothing (${((performance.now() - start) / 1000).toFixed(0)} s)`,
  );
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
