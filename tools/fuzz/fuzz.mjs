// @ts-check
// `npm run fuzz -- [--count 10000] [--seed 0] [--keep folder]`: damages model files in thousands of ways, and reads, inspects and runs each. A file must run or be
// rejected with a one-sentence error. It fails if it crashes, takes more than 10 seconds or 1 GiB, or if the message only makes sense to programmers.
//
// `npm run fuzz -- --coverage [--reader onnx,tar] [--executions 1000000] [--minutes 15] [--seed 0] [--keep folder]`: explores each reader of files with inputs that
// reach new branches of it. `--replay file` reads one kept file with one reader.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz-files.mjs';
import { bundleReaders } from './guided/bundle-readers.mjs';
import { guidedFuzz } from './guided/guided-fuzz.mjs';
import { readerSeeds } from './guided/reader-seeds.mjs';

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
      trained: { type: 'string' },
      seed: { type: 'string', default: '0' },
      keep: { type: 'string' },
      coverage: { type: 'boolean', default: false },
      reader: { type: 'string' },
      executions: { type: 'string', default: '1000000' },
      minutes: { type: 'string', default: '15' },
      replay: { type: 'string' },
    },
  });
  const seed = wholeNumber('seed', values.seed, 0);
  const here = (/** @type {string} */ path) => resolve(process.env['INIT_CWD'] ?? process.cwd(), path);
  const keep = values.keep === undefined ? undefined : here(values.keep);
  if (keep) mkdirSync(keep, { recursive: true });
  if (values.coverage || values.replay !== undefined)
    await exploreReaders({
      names: values.reader?.split(','),
      executions: wholeNumber('executions', values.executions, 1),
      minutes: wholeNumber('minutes', values.minutes, 1),
      replay: values.replay === undefined ? undefined : here(values.replay),
      seed,
      keep,
    });
  else {
    const count = wholeNumber('count', values.count, 1);
    await damageModels({
      count,
      trained: wholeNumber('trained', values.trained ?? `${Math.ceil(count / 50)}`, 0),
      seed,
      keep,
    });
  }
}

/** @param {string} option @param {string} text @param {number} least */
function wholeNumber(option, text, least) {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least)
    throw new Error(`--${option} expects an integer of at least ${least}, got "${text}".`);
  return value;
}

/** @param {{ count: number, trained: number, seed: number, keep: string | undefined }} options */
async function damageModels({ count, trained, seed, keep }) {
  const start = performance.now();
  const { ran, learned, refused, failures, kinds } = await fuzz({
    count,
    trained,
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
    `${count} files with seed ${seed}: ${ran} ran, ${learned} of them took a training step, ${refused} were rejected with a clear error, ${failures} failed (${secondsSince(start)})`,
  );
  if (failures) process.exitCode = 1;
}

/** @param {{ names: readonly string[] | undefined, executions: number, minutes: number, seed: number, keep: string | undefined, replay: string | undefined }} options */
async function exploreReaders({ names, executions, minutes, seed, keep, replay }) {
  const folder = mkdtempSync(join(tmpdir(), 'graft-fuzz-'));
  try {
    const seeds = await readerSeeds();
    const unknown = names?.find((name) => !Object.hasOwn(seeds, name));
    if (unknown !== undefined)
      throw new Error(`"${unknown}" is not a reader. The readers are ${Object.keys(seeds).join(', ')}.`);
    if (replay !== undefined && names?.length !== 1)
      throw new Error('--replay expects the reader of the file as --reader.');
    const bundle = await bundleReaders(folder);
    for (const name of names ?? Object.keys(seeds)) {
      const start = performance.now();
      const found = await guidedFuzz({
        bundle,
        name,
        seed,
        minutes,
        // Seeds are read before the first execution.
        ...(replay === undefined
          ? { seeds: seeds[name] ?? [], executions }
          : { seeds: [new Uint8Array(readFileSync(replay))], executions: 1 }),
        onFailure({ execution, bytes, reason }) {
          console.log(`FAIL  ${name}, execution ${execution}: ${reason}`);
          const file = join(keep ?? tmpdir(), `graft-fuzz-${name}-${seed}-${execution}`);
          if (replay === undefined) {
            writeFileSync(file, bytes);
            console.log(
              `      ${bytes.length} bytes: npm run fuzz -- --reader ${name} --replay ${file}\n      ${JSON.stringify(Buffer.from(bytes).toString('latin1').slice(0, 300))}`,
            );
          }
        },
        onProgress: (state) => console.log(`      ${name}: ${countsOf(state)} (${secondsSince(start)})`),
      });
      console.log(
        `${name.padEnd(12)} ${replay === undefined ? countsOf(found) : basename(replay)}, ${found.failures.length} failures (${secondsSince(start)})`,
      );
      if (found.failures.length) process.exitCode = 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {{ executions: number, inputs: number, branches: number }} state */
function countsOf({ executions, inputs, branches }) {
  return `${executions} executions, ${inputs} inputs reach ${branches} branches`;
}
/** @param {number} start */
function secondsSince(start) {
  return `${((performance.now() - start) / 1000).toFixed(0)} s`;
}
