// @ts-check
// `npm run fuzz -- [--count 10000] [--seed 0] [--keep folder]`: damages model files in thousands of ways, and reads, inspects and runs each. A file must run or be
// rejected with a one-sentence error. It fails if it crashes, takes more than 10 seconds or 1 GiB, or if the message only makes sense to programmers.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz-files.mjs';

try {
  await main();
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
}

async function main() {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '0' },
      keep: { type: 'string' },
    },
  });
  const [count, seed] = [Number(values.count), Number(values.seed)];
  if (!(Number.isInteger(count) && count > 0 && Number.isInteger(seed) && seed >= 0))
    throw new Error(`--count expects a number of files and --seed an integer, got ${values.count} and ${values.seed}.`);
  const start = performance.now();
  const keep = values.keep && resolve(process.env['INIT_CWD'] ?? process.cwd(), values.keep);
  if (keep) mkdirSync(keep, { recursive: true });
  const { ran, refused, failures, kinds } = await fuzz({
    count,
    seed,
    onFailure({ number, kind, bytes, reason }) {
      console.log(`FAIL  ${number} (${kind}): ${reason}`);
      if (keep) writeFileSync(join(keep, `${seed}-${number}.onnx`), bytes);
    },
  });
  for (const [kind, own] of [...kinds].sort(([a], [b]) => a.localeCompare(b)))
    console.log(
      `${kind.padEnd(40)} ${own.ran} ran, ${own.refused} rejected${own.failed ? `, ${own.failed} failed` : ''}`,
    );
  console.log(
    `${count} files with seed ${seed}: ${ran} ran, ${refused} were rejected with a clear error, ${failures} failed (${((performance.now() - start) / 1000).toFixed(0)} s)`,
  );
  if (failures) process.exitCode = 1;
}
