// @ts-check
// Compares outputs and training of one file with onnxruntime and PyTorch.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crossEntropy, meanSquaredError } from '@graft/layers';
import { exportOnnx, importOnnx } from '@graft/onnx';
import { isFloat, mul, scope, sub, tensor, toArray, transpose, valueAndGrad } from '@graft/tensor';
import * as ort from 'onnxruntime-node';

/**
 * @typedef {{ file: string, shape: number[], dtype: 'float32' | 'int64' }} Stored
 * @typedef {{ file: string, opset: number, openBatch: boolean, training: boolean, gradients: string, matched: Record<string, [parameter: string, transposed: boolean]> }} Variant
 * @typedef {{ file: string, loss: number, rounding: number, output: Stored, parameters: Record<string, { offset: number, shape: number[] }> }} Gradients
 * @typedef {{ inputs: Record<string, Stored>, target: Stored, gradients: Record<string, Gradients> }} Batch
 * @typedef {{ name: string, origin: string, batches: [Batch, ...Batch[]], variants: Variant[] }} Network
 * @typedef {Record<string, import('@graft/tensor').HostArray>} Arrays
 * @typedef {object} Result
 * @property {string} variant
 * @property {number} parameters number of trainable parameters
 * @property {number} forward maximum difference from onnxruntime relative to the largest value, over all tested batches
 * @property {number} torch the same, from PyTorch
 * @property {number} gradient greatest ‖own - PyTorch's‖ / ‖PyTorch's‖ of a weight, for the best of three batches: a ReLU or pooling flipped by rounding is a coincidence, not an error
 * @property {number} [direct] the same with direct convolutions, if the limit is exceeded: Winograd's rounding flips some units within 1e-6 of zero
 * @property {number} rounding the same of PyTorch's own gradients in float32; all are compared with float64
 * @property {string} worst the weight with the largest difference
 * @property {number} compared number of PyTorch's parameters with a counterpart in the file
 * @property {number} wanted number of parameters with a gradient in PyTorch
 * @property {number} roundTrip difference between the network after a training step and its export in onnxruntime
 * @property {number} [rewritten] the same for an export that rewrites every node for operator set 21
 * @property {string[]} groups
 * @property {string} cut the first candidate cut
 */

/** Gradients below this fraction of the total are noise: a key's bias has no gradient in exact arithmetic. */
const noise = 1e-6;
/** Tolerance of gradients; one batch within it is enough. */
export const aim = 1e-3;
/** Version of the operator set that rewritten exports are for. */
const rewriteFor = 21;

/** @param {string} folder @param {Network} network @param {Variant} variant @param {import('@graft/tensor').AnyBackend} backend @param {import('@graft/tensor').AnyBackend} direct a backend without Winograd's convolutions @returns {Promise<Result>} */
export async function checkVariant(folder, network, variant, backend, direct) {
  const read = (/** @type {Stored} */ { file, shape, dtype }) => {
    const { buffer, byteOffset, byteLength } = readFileSync(join(folder, file));
    return {
      shape,
      dtype,
      data:
        dtype === 'int64'
          ? new BigInt64Array(buffer, byteOffset, byteLength / 8)
          : new Float32Array(buffer, byteOffset, byteLength / 4),
    };
  };
  const bytes = readFileSync(join(folder, variant.file));
  const model = await importOnnx({ model: bytes, name: variant.file }).to(backend);
  try {
    const [first] = network.batches;
    const inputsOf = (/** @type {Batch} */ batch) =>
      Object.fromEntries(Object.entries(batch.inputs).map(([name, stored]) => [name, read(stored)]));
    const goldenOf = (/** @type {Batch} */ batch) => /** @type {Gradients} */ (batch.gradients[variant.gradients]);
    const inputs = inputsOf(first);
    const run = (/** @type {Arrays} */ given) =>
      scope(() =>
        hostArray(/** @type {import('@graft/tensor').Tensor} */ (model.call(placed(given, backend)).get('output'))),
      );
    const output = run(inputs);
    let forward = difference(output, await inOnnxruntime(bytes, inputs));
    if (variant.openBatch) {
      const more = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, withOneMore(value)]));
      forward = Math.max(forward, difference(run(more), await inOnnxruntime(bytes, more)));
    }
    const torch = difference(output, read(goldenOf(first).output));
    const learned = bestOf(network.batches, (batch) =>
      compareGradients(model, placed(inputsOf(batch), backend), {
        folder,
        backend,
        golden: goldenOf(batch),
        variant,
        target: read(batch.target),
      }),
    );
    if (learned.gradient > aim) {
      const other = await importOnnx({ model: bytes, name: variant.file }).to(direct);
      learned.direct = bestOf(network.batches, (batch) =>
        compareGradients(other, placed(inputsOf(batch), direct), {
          folder,
          backend: direct,
          golden: goldenOf(batch),
          variant,
          target: read(batch.target),
        }),
      ).gradient;
      other.dispose();
    }
    takeStep(model, placed(inputs, backend), read(first.target), backend);
    const trained = run(inputs);
    const roundTrip = difference(trained, await inOnnxruntime(await exportOnnx(model), inputs));
    const single = Object.keys(inputs).length === 1 && variant.openBatch && !variant.training;
    const [port] = Object.values(inputs);
    const rewritten = single
      ? difference(
          trained,
          await inOnnxruntime(
            await exportOnnx(model, {
              opset: rewriteFor,
              inputShape: /** @type {import('@graft/tensor').HostArray} */ (port).shape.slice(1),
            }),
            inputs,
          ),
        )
      : undefined;
    const shapes = {
      inputShapes: Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape])),
    };
    const [cut] = model.candidateCuts(shapes);
    return {
      variant: variant.file.replace('.onnx', ''),
      parameters: [...model.weights.values()].reduce(
        (sum, { kind, value }) => sum + (kind === 'weight' ? value.size : 0),
        0,
      ),
      forward,
      torch,
      ...learned,
      roundTrip,
      ...(rewritten !== undefined && { rewritten }),
      groups: model.layerGroups().map((group) => group.name),
      cut: cut ? `${cut.value} ${cut.kind} ${cut.features}` : 'none',
    };
  } finally {
    model.dispose();
  }
}

/**
 * Compares batches until one is within tolerance, and returns the best.
 * @param {Network['batches']} batches @param {(batch: Batch) => ReturnType<typeof compareGradients>} compare
 * @returns {ReturnType<typeof compareGradients> & { direct?: number }}
 */
function bestOf([first, ...others], compare) {
  let best = compare(first);
  for (const batch of others) {
    if (best.gradient <= aim) break;
    const again = compare(batch);
    if (again.gradient < best.gradient) best = again;
  }
  return best;
}

/**
 * Computes the loss, the trainable weights and their gradients.
 * @param {import('@graft/onnx').OnnxModel} model @param {Map<string, import('@graft/tensor').Tensor>} inputs
 * @param {import('@graft/tensor').HostArray} target @param {import('@graft/tensor').AnyBackend} backend
 */
function differentiate(model, inputs, target, backend) {
  const weights = [...model.weights].filter(([, { kind }]) => kind === 'weight');
  const classes = target.dtype === 'int64';
  const loss = classes ? crossEntropy() : meanSquaredError();
  const wanted = classes
    ? tensor(Int32Array.from(/** @type {BigInt64Array} */ (target.data), Number), { backend })
    : placedOne(target, backend);
  const { value, grads } = valueAndGrad(
    () => loss(/** @type {import('@graft/tensor').Tensor} */ (model.call(inputs).get('output')), wanted),
    weights.map(([, weight]) => weight),
  );
  return {
    value: value.item(),
    learning: weights.map(([name, weight], i) => ({
      name,
      weight,
      grad: /** @type {import('@graft/tensor').Tensor} */ (grads[i]),
    })),
  };
}

/**
 * Compares the gradients of all weights with PyTorch's.
 * @param {import('@graft/onnx').OnnxModel} model @param {Map<string, import('@graft/tensor').Tensor>} inputs
 * @param {{ folder: string, backend: import('@graft/tensor').AnyBackend, golden: Gradients, variant: Variant, target: import('@graft/tensor').HostArray }} expected
 */
function compareGradients(model, inputs, { folder, backend, golden, variant, target }) {
  return scope(() => {
    const { value, learning } = differentiate(model, inputs, target, backend);
    const file = readFileSync(join(folder, golden.file));
    const whole = Math.sqrt(squares(new Float32Array(file.buffer, file.byteOffset, file.byteLength / 4)));
    let [gradient, worst, compared] = [Math.abs(value - golden.loss) / Math.abs(golden.loss), 'the loss', 0];
    for (const { name, grad } of learning) {
      const [parameter, transposed] = variant.matched[name] ?? ['', false];
      const place = golden.parameters[parameter];
      if (!place) continue;
      compared++;
      const own = scope(() => numbersOf(transposed ? transpose(grad) : grad));
      const theirs = new Float32Array(
        file.buffer,
        file.byteOffset + place.offset,
        place.shape.reduce((a, b) => a * b, 1),
      );
      const error = Math.sqrt(squares(own, theirs)) / Math.max(Math.sqrt(squares(theirs)), noise * whole);
      if (!(error <= gradient)) [gradient, worst] = [error, name];
    }
    return { gradient, rounding: golden.rounding, worst, compared, wanted: Object.keys(golden.parameters).length };
  });
}

/**
 * Updates each weight against its gradient by a thousandth of its norm.
 * @param {import('@graft/onnx').OnnxModel} model @param {Map<string, import('@graft/tensor').Tensor>} inputs
 * @param {import('@graft/tensor').HostArray} target @param {import('@graft/tensor').AnyBackend} backend
 */
function takeStep(model, inputs, target, backend) {
  scope(() => {
    for (const { weight, grad } of differentiate(model, inputs, target, backend).learning) {
      const length = Math.sqrt(squares(numbersOf(grad)));
      if (length > 0)
        weight.value = sub(weight.value, mul(grad, (0.001 * Math.sqrt(squares(numbersOf(weight.value)))) / length));
    }
  });
}

/** The sum of squared differences, or of squared values. @param {Float32Array} values @param {Float32Array} [others] */
function squares(values, others) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    const one = /** @type {number} */ (values[i]) - (others ? /** @type {number} */ (others[i]) : 0);
    sum += one * one;
  }
  return sum;
}
const numbersOf = (/** @type {import('@graft/tensor').Tensor} */ x) => /** @type {Float32Array} */ (x.arraySync());

/** @param {import('@graft/tensor').HostArray} value @param {import('@graft/tensor').AnyBackend} backend */
const placedOne = ({ shape, dtype, data }, backend) =>
  tensor(data, { shape, dtype, ...(isFloat(dtype) && { backend }) });
/** @param {Arrays} inputs @param {import('@graft/tensor').AnyBackend} backend */
const placed = (inputs, backend) =>
  new Map(Object.entries(inputs).map(([name, value]) => [name, placedOne(value, backend)]));
/** @param {import('@graft/tensor').Tensor} value */
const hostArray = (value) => ({ shape: value.shape, dtype: value.dtype, data: value.arraySync() });

/** A batch with its first sample repeated at the end. @param {import('@graft/tensor').HostArray} value */
function withOneMore({ shape, dtype, data }) {
  const longer = /** @type {Float32Array} */ (
    toArray(
      [
        .../** @type {Float32Array} */ (data),
        .../** @type {Float32Array} */ (data).subarray(0, data.length / Number(shape[0])),
      ],
      dtype,
    )
  );
  return { shape: [Number(shape[0]) + 1, ...shape.slice(1)], dtype, data: longer };
}

/** The first output of a file in onnxruntime. @param {Uint8Array} model @param {Arrays} inputs */
export async function inOnnxruntime(model, inputs) {
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3, intraOpNumThreads: 2 });
  const [name] = session.outputNames;
  const results = await session.run(
    Object.fromEntries(
      Object.entries(inputs).map(([key, { dtype, data, shape }]) => [
        key,
        new ort.Tensor(/** @type {'float32'} */ (dtype), /** @type {Float32Array} */ (data), [...shape]),
      ]),
    ),
  );
  const { dims, data } = /** @type {import('onnxruntime-node').Tensor} */ (results[name ?? '']);
  const copy = {
    shape: dims,
    dtype: /** @type {const} */ ('float32'),
    data: Float32Array.from(/** @type {Float32Array} */ (data)),
  };
  await session.release();
  return copy;
}

/**
 * Maximum difference relative to the largest value, or to `least` if all are smaller; infinite if shapes differ.
 * @param {import('@graft/tensor').HostArray} own @param {import('@graft/tensor').HostArray} wanted
 */
export function difference(own, wanted, least = 1e-30) {
  if (own.shape.join() !== wanted.shape.join()) return Number.POSITIVE_INFINITY;
  let [greatest, apart] = [least, 0];
  for (let i = 0; i < wanted.data.length; i++) {
    greatest = Math.max(greatest, Math.abs(Number(wanted.data[i])));
    const one = Math.abs(Number(own.data[i]) - Number(wanted.data[i]));
    if (!(one <= apart)) apart = one; // NaN counts
  }
  return apart / greatest;
}
