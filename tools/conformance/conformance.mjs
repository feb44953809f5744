// @ts-check
// `npm run conformance -- <folder> [--gradients] [--backend wasm|js] [--json file] [--only part-of-a-name]`: how many cases of an ONNX
// backend suite pass, or have correct gradients. Fails if a case does that known-differences.json does not list. A folder contains one case each in test_NAME/: model.onnx, test_data_set_N/input_K.pb and output_K.pb.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { kindOfReason } from './kind-of-reason.mjs';
import { knownDifference } from './known-differences.mjs';
import { runCases } from './run-cases.mjs';

const usage =
  'npm run conformance -- <folder with test_*/model.onnx> [--gradients] [--backend wasm|js] [--json file] [--only part-of-a-name]';

try {
  await main();
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      gradients: { type: 'boolean', default: false },
      backend: { type: 'string', default: 'wasm' },
      json: { type: 'string' },
      only: { type: 'string', default: '' },
    },
  });
  const { backend, only, gradients } = values;
  if (positionals.length !== 1) throw new Error(`Give exactly one folder of cases.\n${usage}`);
  if (backend !== 'wasm' && backend !== 'js')
    throw new Error(`There is no backend "${backend}"; use wasm or js.\n${usage}`);
  // npm runs scripts in the workspace's root; but paths are relative to the user's folder.
  const from = (/** @type {string} */ path) => resolve(process.env.INIT_CWD ?? process.cwd(), path);
  const folder = from(/** @type {string} */ (positionals[0]));
  const cases = casesIn(folder).filter((name) => name.includes(only));
  if (!cases.length)
    throw new Error(
      `${folder} has no case${only ? ` with "${only}" in its name` : ': no folder contains a model.onnx'}.`,
    );

  const failures = /** @type {{ name: string, reason: string }[]} */ ([]);
  const excluded = /** @type {{ name: string, reason: string }[]} */ ([]);
  const known = /** @type {{ name: string, reason: string }[]} */ ([]);
  let beside = 0;
  let random = 0;
  await runCases(
    cases.map((name) => join(folder, name)),
    backend,
    (path, outcome) => {
      const name = basename(path);
      const why = knownDifference(name, gradients ? 'gradients' : 'values');
      if (typeof outcome === 'string' && why) known.push({ name, reason: why });
      else if (typeof outcome === 'string') failures.push({ name, reason: outcome });
      else if (outcome?.excluded) excluded.push({ name, reason: outcome.excluded });
      else if (outcome?.beside) beside++;
      else if (outcome?.random) random++;
    },
    { gradients, seconds: gradients ? 60 : 30 },
  ); // gradients run a case dozens of times
  const total = cases.length - excluded.length;
  const passed = total - failures.length - known.length;
  printGroups(failures);
  if (known.length) console.log(`${known.length} differ for a known reason:`);
  printGroups(known, (reason) => reason);
  if (gradients) console.log(`${excluded.length} excluded:`);
  printGroups(excluded);
  if (beside) console.log(`${beside} have a kink at the case's own values and were checked at nearby ones`);
  if (random) console.log(`${random} draw random numbers: kind, shape, dtype and distribution were checked`);
  console.log(`${passed}/${total} passed on ${backend} (${((100 * passed) / total).toFixed(1)} %)`);
  if (failures.length) process.exitCode = 1;
  if (values.json)
    writeFileSync(
      from(values.json),
      `${JSON.stringify({ passed, total, failures, known, random, ...(gradients && { excluded, beside }) }, null, 2)}\n`,
    );
}

/** @param {string} folder */
function casesIn(folder) {
  if (!existsSync(folder)) throw new Error(`There is no folder ${folder}.`);
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'model.onnx')))
    .sort();
}

/** @param {readonly { name: string, reason: string }[]} failures @param {(reason: string) => string} [kindOf] */
function printGroups(failures, kindOf = kindOfReason) {
  /** @type {Map<string, { name: string, reason: string }[]>} */
  const groups = new Map();
  for (const failure of failures)
    groups.set(kindOf(failure.reason), [...(groups.get(kindOf(failure.reason)) ?? []), failure]);
  for (const [kind, members] of [...groups].sort((a, b) => b[1].length - a[1].length)) {
    console.log(`${String(members.length).padStart(4)}  ${kind}`);
    for (const { name, reason } of members) console.log(`      ${name}${reason === kind ? '' : `: ${reason}`}`);
  }
  if (failures.length) console.log();
}
