// @ts-check
// `npm run profile -- [network] [--training] [--batch 16] [--size 224]`: the time of one pass, op by op.
import { createWasmBackend } from '@graft/backend-wasm';
import { compile, crossEntropy } from '@graft/layers';
import { Optimizer, sgd } from '@graft/optimizers';
import { profile, Random, scope, tensor } from '@graft/tensor';
import { trainStep } from '@graft/train';
import zoo, { architecture } from '@graft/zoo';
import { createApp } from '@graft/plugin';
import { parseArgs } from 'node:util';

const {
  values,
  positionals: [name = 'mobileNetV2'],
} = parseArgs({
  allowPositionals: true,
  options: {
    training: { type: 'boolean', default: false },
    batch: { type: 'string', default: '16' },
    size: { type: 'string', default: '224' },
    threads: { type: 'string' },
  },
});
const [batch, size] = [Number(values.batch), Number(values.size)];
const backend = await createWasmBackend(
  /** @type {object} */ (values.threads ? { threads: Number(values.threads) } : {}),
);
const model = await (await createApp([zoo])).get(architecture, name).create().initialize(1).to(backend);
const [x, y] = [
  tensor(
    Float32Array.from({ length: batch * 3 * size * size }, (_, i) => Math.sin(i)),
    { shape: [batch, 3, size, size], backend },
  ),
  tensor(
    Int32Array.from({ length: batch }, (_, i) => i),
    { backend },
  ),
];
const compiled = compile(model);
const optimizer = new Optimizer(model, sgd({ learningRate: 1e-3 }));
const run = values.training
  ? () => void trainStep({ model, loss: crossEntropy(), optimizer, random: new Random(0) }, x, y)
  : () => void compiled.forward(x);
for (let i = 0; i < 2; i++) scope(run);
const { rows, milliseconds } = profile(() => scope(run));

console.log(
  `${name}, ${values.training ? 'training step' : 'frozen forward'}, batch ${batch}: ${milliseconds.toFixed(0)} ms\n`,
);
/** @type {Map<string, import('@graft/tensor').ProfileRow[]>} */
const byOp = new Map();
for (const row of rows) byOp.set(row.op, [...(byOp.get(row.op) ?? []), row]);
for (const [op, own] of [...byOp].sort((a, b) => total(b[1]) - total(a[1])))
  console.log(
    `${op.padEnd(24)} ${total(own).toFixed(1).padStart(8)} ms  ${own.reduce((sum, { calls }) => sum + calls, 0)} calls`,
  );
console.log('');
for (const row of rows.slice(0, 25))
  console.log(
    `${row.milliseconds.toFixed(1).padStart(8)} ms ${String(row.calls).padStart(3)}× ${row.op} ${row.shapes}${row.road === 'kernel' ? '' : ` (${row.road})`}`,
  );
await backend.dispose?.();

/** @param {readonly { milliseconds: number }[]} list */
function total(list) {
  return list.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
}
