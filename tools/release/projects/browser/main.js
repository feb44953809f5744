// A small CNN learns to tell upright bars from level ones, in a browser, with nothing but what it imports.
import { createWasmBackend } from '@graft/backend-wasm';
import {
  BatchNorm2d,
  Conv2d,
  crossEntropy,
  Flatten,
  GlobalAvgPool,
  Linear,
  MaxPool2d,
  ReLU,
  Sequential,
} from '@graft/layers';
import { adam, Optimizer } from '@graft/optimizers';
import { opfsStorage } from '@graft/storage';
import { Random } from '@graft/tensor';
import { accuracy, evaluate, fit, loadCheckpoint, saveCheckpoint } from '@graft/train';

const random = new Random(0);
const batches = (count) =>
  Array.from({ length: count }, () => {
    const labels = Int32Array.from({ length: 16 }, (_, i) => i % 2);
    const data = new Float32Array(16 * 12 * 12);
    labels.forEach((label, i) => {
      const at = 2 + Math.floor(8 * random.next());
      for (let k = 0; k < 12; k++) data[i * 144 + (label ? at * 12 + k : k * 12 + at)] = 1;
    });
    return { inputs: data, shape: [16, 1, 12, 12], labels, indices: [] };
  });

const backend = await createWasmBackend({ relaxed: false });
const network = () =>
  new Sequential(
    new Conv2d({ in: 1, out: 8, kernel: 3, padding: 1 }),
    new BatchNorm2d({ features: 8 }),
    new ReLU(),
    new MaxPool2d({ kernel: 2 }),
    new Conv2d({ in: 8, out: 8, kernel: 3 }),
    new ReLU(),
    new GlobalAvgPool(),
    new Flatten(),
    new Linear({ in: 8, out: 2 }),
  ).initialize(1);
const model = await network().to(backend);
const { log } = await fit({
  model,
  loss: crossEntropy(),
  optimizer: new Optimizer(model, adam({ learningRate: 0.01 })),
  data: batches(16),
  epochs: 4,
});
const { accuracy: share } = await evaluate(model, batches(4), { metrics: [accuracy()] });
// The weights go to the browser's own files and come back.
const storage = await opfsStorage('graft');
await saveCheckpoint(storage, 'run', { model });
const again = await network().to(backend);
await loadCheckpoint(storage, 'run', { model: again });
const { accuracy: reloaded } = await evaluate(again, batches(4), { metrics: [accuracy()] });
if (!(await storage.list('run')).includes('state.json') || reloaded < 0.9)
  throw new Error(`The checkpoint gives an accuracy of ${reloaded}.`);
await storage.remove('run');
if (await storage.exists('run')) throw new Error('The checkpoint was not removed.');
document.querySelector('#answer').textContent = JSON.stringify({
  loss: log.at(-1).loss,
  accuracy: share,
  threads: backend.threads,
});
