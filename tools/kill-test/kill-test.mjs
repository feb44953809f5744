// @ts-check
// `npm run kill-test -- [--kills 50] [--seed 0]`: training runs are killed (SIGKILL) at random moments and resumed until they finish. Each must write the
// same model.onnx as an uninterrupted run, byte for byte, and resume from the newest complete checkpoint.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { killRuns } from './kill-runs.mjs';

const folder = mkdtempSync(join(tmpdir(), 'graft-kill-test-'));
try {
  const { values } = parseArgs({
    options: { kills: { type: 'string', default: '50' }, seed: { type: 'string', default: '0' } },
  });
  const [kills, seed] = [Number(values.kills), Number(values.seed)];
  if (!(Number.isInteger(kills) && kills > 0 && Number.isInteger(seed) && seed >= 0))
    throw new Error(
      `--kills expects a positive integer and --seed a non-negative one, got ${values.kills} and ${values.seed}.`,
    );
  const start = performance.now();
  const command = [process.execPath, fileURLToPath(new URL('../../apps/graft/dist/main.js', import.meta.url))];
  const { runs, at, halfWritten, ...done } = await killRuns({
    command,
    kills,
    seed,
    folder,
    epochs: 40,
    onKill: (line) => console.log(line),
  });
  for (const [place, count] of Object.entries(at)) console.log(`${String(count).padStart(4)} × ${place}`);
  console.log(
    `${done.kills} kills, ${halfWritten} of them in the middle of a checkpoint or a file; ${runs} runs finished, each with the same bytes as an uninterrupted run (${((performance.now() - start) / 1000).toFixed(0)} s)`,
  );
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
