// @ts-check
// `npm run soak -- [--minutes 30]`, at least 60 cycles: one process trains, serves, predicts, stops and resumes over and over, and kills children that train. Fails if its memory, open
// descriptors or other resources grow.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { growth, megabytes } from './growth.mjs';
import { soakCycles } from './soak-cycles.mjs';

/**
 * With glibc's default of eight pools for each core, the memory of a process with many threads takes hours to settle, because sharp's and Node's threads take turns in using them.
 * Two pools settle within a hundred cycles.
 */
const pools = { MALLOC_ARENA_MAX: '2' };
/** In fewer cycles memory does not settle. */
const fewest = 60;

if (process.env['MALLOC_ARENA_MAX'] === undefined) {
  const { status } = spawnSync(process.execPath, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, ...pools },
  });
  process.exit(status ?? 1);
}
const folder = mkdtempSync(join(tmpdir(), 'graft-soak-'));
try {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' } } });
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes expects a positive number, got "${values.minutes}".`);
  const until = Date.now() + minutes * 60_000;
  const samples = await soakCycles({
    folder,
    command: [process.execPath, fileURLToPath(new URL('../../apps/graft/dist/main.js', import.meta.url))],
    isOver: (cycle) => cycle >= fewest && Date.now() > until,
    onSample({ memory, held, descriptors, resources, childDescriptors }, cycle) {
      console.log(
        `cycle ${cycle + 1}: ${megabytes(memory)}, of which JavaScript holds ${megabytes(held)}, ${descriptors ?? '?'} descriptors, ${resources} resources${childDescriptors === undefined ? '' : `, a killed child had ${childDescriptors} descriptors`}`,
      );
    },
  });
  const grown = growth(samples);
  console.log(grown.length ? grown.join('\n') : `${samples.length} cycles: neither memory nor descriptors grew`);
  if (grown.length) process.exitCode = 1;
} catch (error) {
  console.error(/** @type {Error} */ (error).stack);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
