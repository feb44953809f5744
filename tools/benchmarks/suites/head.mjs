// @ts-check
import { createWasmBackend } from '@graft/backend-wasm';
import { crossEntropy, Linear, ReLU, Sequential } from '@graft/layers';
import { adam, Optimizer } from '@graft/optimizers';
import { Random, scope, tensor } from '@graft/tensor';
import { trainStep } from '@graft/train';
import { alternate } from '../measure.mjs';
import { tensorflow, tensorflowName } from '../peers/tensorflow.mjs';

/** Multiplications and additions of an epoch: forward, both weight gradients, and that of the hidden layer. */
const operations = (/** @type {number} */ n) => 2 * n * (2 * features * hidden + 3 * hidden * classes);
const [samples, features, hidden, classes, batch] = [512, 1280, 100, 10, 32];

/** One epoch of a new head on cached features: what transfer learning spends most of its time on. */
export async function* newHead(/** @type {import('../bench.mjs').Options} */ { quick, wanted }) {
  const name = `new head ${features}→${hidden}→${classes}, one epoch of ${samples} cached features`;
  if (!wanted(name)) return;
  const values = Float32Array.from({ length: samples * features }, (_, i) => Math.abs(Math.sin(i)));
  const labels = Int32Array.from({ length: samples }, (_, i) => i % classes);
  const backend = await createWasmBackend();
  const model = await new Sequential(
    new Linear({ in: features, out: hidden }),
    new ReLU(),
    new Linear({ in: hidden, out: classes }),
  )
    .initialize(1)
    .to(backend);
  const optimizer = new Optimizer(model, adam({ learningRate: 1e-3 }));
  const graft = () => {
    for (let at = 0; at < samples; at += batch)
      scope(() => {
        const x = tensor(values.subarray(at * features, (at + batch) * features), {
          shape: [batch, features],
          backend,
        });
        trainStep(
          { model, loss: crossEntropy(), optimizer, random: new Random(0) },
          x,
          tensor(labels.subarray(at, at + batch), { backend }),
        ).item();
      });
  };
  const peak = backend.measurePeak() * backend.threads;
  const why = `An epoch is ${(operations(samples) / 1e9).toFixed(2)} GFLOP: ${((1000 * operations(samples)) / peak).toFixed(1)} ms for multiply-adds on registers alone, on ${backend.threads} threads.`;
  for (const kind of /** @type {const} */ (['wasm', 'cpu'])) {
    const tf = await tensorflow(kind);
    const variable = (/** @type {number[]} */ shape, /** @type {number} */ scale) =>
      tf.variable(tf.mul(tf.randomUniform(shape, -1, 1), scale));
    const [w1, b1, w2, b2] = [
      variable([features, hidden], features ** -0.5),
      variable([hidden], 0),
      variable([hidden, classes], hidden ** -0.5),
      variable([classes], 0),
    ];
    const peerOptimizer = tf.train.adam(1e-3);
    const peer = () => {
      for (let at = 0; at < samples; at += batch)
        tf.tidy(() => {
          const x = tf.tensor2d(values.subarray(at * features, (at + batch) * features), [batch, features]);
          const y = /** @type {import('@tensorflow/tfjs').Tensor} */ (
            tf.oneHot(tf.tensor1d(labels.subarray(at, at + batch), 'int32'), classes)
          );
          peerOptimizer
            .minimize(() => {
              const logits = tf.add(
                tf.matMul(tf.relu(tf.add(tf.matMul(x, /** @type {never} */ (w1)), b1)), /** @type {never} */ (w2)),
                b2,
              );
              return tf.losses.softmaxCrossEntropy(y, logits);
            }, true)
            ?.dataSync();
        });
    };
    const times = await alternate({ graft, peer }, { rounds: quick ? 5 : 15, warmUp: 10 });
    const [own, theirs] = [times['graft']?.median ?? Number.NaN, times['peer']?.median ?? Number.NaN];
    yield {
      name,
      graft: own,
      peer: tensorflowName(kind),
      peerValue: theirs,
      unit: 'ms',
      ratio: theirs / own,
      target: kind === 'wasm' ? 50 : null,
      why,
    };
  }
  await backend.dispose?.();
}
