// @ts-check
// `npm run bench -- [--only part-of-a-name] [--quick] [--backend native] [--json file] [--markdown file]`: compares Graft with its peers and with the limits of this machine, in one run.
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { augmentation } from './suites/augment.mjs';
import { convolution } from './suites/convolution.mjs';
import { depthwise } from './suites/depthwise.mjs';
import { eagerOverhead } from './suites/eager-overhead.mjs';
import { fineTuning } from './suites/fine-tuning.mjs';
import { frozenFeatures } from './suites/frozen-features.mjs';
import { newHead } from './suites/head.mjs';
import { headFit } from './suites/head-fit.mjs';
import { imageListing } from './suites/image-folder.mjs';
import { javascriptPeers } from './suites/javascript.mjs';
import { networkRuns } from './suites/networks.mjs';
import { optimizerSteps } from './suites/optimizers.mjs';
import { products } from './suites/products.mjs';
import { sequenceRuns } from './suites/sequences.mjs';
import { startUp } from './suites/start-up.mjs';

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {number} graft Graft's value
 * @property {string} peer the peer's name
 * @property {number} peerValue the peer's value
 * @property {string} unit
 * @property {number} ratio how many times better than the peer Graft is
 * @property {number | null} target the ratio to reach
 * @property {string} [why] the reason why it is below its target, if it is
 *
 * @typedef {object} Options
 * @property {boolean} quick fewer repetitions
 * @property {string} backend of the rows of networks: `wasm` or `native`
 * @property {(name: string) => boolean} wanted
 */

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    backend: { type: 'string', default: 'wasm' },
    json: { type: 'string' },
    markdown: { type: 'string' },
  },
});
const suites = [
  products,
  convolution,
  depthwise,
  optimizerSteps,
  eagerOverhead,
  newHead,
  headFit,
  javascriptPeers,
  frozenFeatures,
  networkRuns,
  sequenceRuns,
  fineTuning,
  startUp,
  imageListing,
  augmentation,
];
if (!['wasm', 'native'].includes(values.backend))
  throw new Error(`--backend expects wasm or native, got "${values.backend}".`);
/** @type {Options} */
const options = { quick: values.quick, backend: values.backend, wanted: (name) => name.includes(values.only) };

const machine = `${os.cpus()[0]?.model.trim()}, ${os.cpus().length} cores, Node ${process.versions.node}, ${os.platform()}`;
console.log(`${machine}\n`);
/** @type {Row[]} */
const rows = [];
const line = (/** @type {string[]} */ cells) =>
  console.log(
    `${cells[0]?.padEnd(46)} ${cells[1]?.padStart(12)} ${cells[2]?.padStart(12)}  ${cells[3]?.padEnd(10)} ${cells[4]?.padStart(7)} ${cells[5]?.padStart(8)}   ${cells[6]}`,
  );
line(['', 'graft', 'peer', 'unit', 'ratio', 'target', 'peer is']);
for (const suite of suites)
  for await (const row of suite(options)) {
    rows.push(row);
    line([
      row.name,
      row.graft.toFixed(1),
      row.peerValue.toFixed(1),
      row.unit,
      row.ratio.toFixed(2),
      row.target === null ? '–' : row.target.toFixed(2),
      row.peer,
    ]);
  }
if (!rows.length) {
  console.error(`No benchmark's name contains "${values.only}".`);
  process.exitCode = 1;
}
if (values.json)
  writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), machine, rows }, null, 2)}\n`);
if (values.markdown) {
  const shortfalls = rows
    .filter(({ ratio, target }) => target !== null && ratio < target)
    .map(
      ({ name, ratio, target, peer, why }) =>
        `* **${name}**, ${ratio.toFixed(2)} of ${target?.toFixed(2)} against ${peer}. ${why ?? ''}`,
    );
  const cells = rows.map(
    ({ name, graft, peer, peerValue, unit, ratio, target }) =>
      `| ${name} | ${graft.toFixed(1)} | ${peerValue.toFixed(1)} | ${unit} | **${ratio.toFixed(2)}** | ${target === null ? '–' : target.toFixed(2)}${target !== null && ratio < target ? ' (short)' : ''} | ${peer} |`,
  );
  writeFileSync(
    values.markdown,
    `# Benchmarks

Written by \`npm run bench -- --markdown docs/benchmarks.md\` on ${new Date().toISOString().slice(0, 10)}: ${machine}. The ratio is how many times
better Graft is than the peer, in the same run; ratios below their target are marked "short" and explained below. Convolutions
count the multiplications of the direct method, whichever method was used. Peers wait without spinning. Ratios depend on the processor:
native code benefits from wider vectors, WebAssembly does not.

| what | graft | peer | unit | ratio | target | peer is |
|---|---|---|---|---|---|---|
${cells.join('\n')}

## What falls short, and why

${shortfalls.join('\n') || 'Nothing.'}
`,
  );
}
