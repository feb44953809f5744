// @ts-check
import { crossEntropy, Linear } from '@graft/layers';
import { diagnoseModel, importOnnx, inspectModel, readModel } from '@graft/onnx';
import { Optimizer, sgd } from '@graft/optimizers';
import { cast, isFloat, reshape, scope, tensor, valueAndGrad, zerosOf } from '@graft/tensor';
import { whyUnclear } from '../audit/verdict.mjs';
import { unclear } from './unclear.mjs';

/**
 * The outcome of a damaged file: undefined if it ran, `trained` if it also took a training step, otherwise the reason for rejecting it, or what is wrong with the error.
 * @param {Uint8Array} bytes @param {import('@graft/tensor').AnyBackend} backend @param {{ train?: boolean }} [options] `train`: also diagnoses the file, and trains a head on it
 */
export async function outcome(bytes, backend, { train = false } = {}) {
  try {
    return (await read(bytes, backend, train)) ? 'trained' : undefined;
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    const why = error instanceof Error ? unclear(message) : 'it is not an Error';
    return why ? `unclear: ${why}: ${message}\n${deepest(error)}` : `refused: ${message}`;
  }
}

/** The original cause. @param {unknown} error @returns {string} */
function deepest(error) {
  const { cause, stack = '' } = /** @type {Error} */ (error);
  return cause ? deepest(cause) : stack.split('\n').slice(0, 6).join('\n');
}

/** Everything that users do with an untrusted file. @param {Uint8Array} bytes @param {import('@graft/tensor').AnyBackend} backend @param {boolean} train @returns {Promise<boolean>} whether it was trained */
async function read(bytes, backend, train) {
  const file = readModel({ model: bytes, name: 'fuzz.onnx', externalData: { 'weights.bin': new Uint8Array(64) } });
  const shapes = Object.fromEntries(
    file.inputs.map(({ name, shape }) => [
      name,
      (shape ?? [2, 3]).map((dim, i) => (typeof dim === 'number' ? dim : i === 0 ? 2 : 8)),
    ]),
  );
  const report = inspectModel(file, { inputShapes: shapes });
  if (report.problem !== undefined && unclear(report.problem)) throw new Error(report.problem);
  if (train) {
    const { obstacle } = diagnoseModel(file, { inputShapes: shapes });
    if (obstacle !== undefined && whyUnclear(obstacle)) throw new Error(obstacle);
  }
  const model = await importOnnx(file).to(backend);
  try {
    const ports = file.inputs.filter(({ name }) => model.inputs.includes(name));
    // The values of inputs are up to the user.
    if (ports.some(({ name, dtype }) => !dtypes.includes(dtype) || size(shapes[name] ?? []) > 1e5)) return false;
    const inputsOf = () =>
      new Map(
        ports.map(({ name, dtype }) => {
          const known = /** @type {import('@graft/tensor').DType} */ (dtype);
          const values = zerosOf(known, size(shapes[name] ?? []));
          if (isFloat(known)) for (let i = 0; i < values.length; i++) values[i] = Math.sin(i);
          return /** @type {const} */ ([
            name,
            tensor(values, { shape: shapes[name] ?? [], dtype: known, ...(known === 'float32' && { backend }) }),
          ]);
        }),
      );
    const features = scope(() =>
      [...model.call(inputsOf())].flatMap(([name, output]) =>
        isFeatures(output) ? [{ name, rows: output.shape[0] ?? 1, size: output.size }] : [],
      ),
    );
    return train && features[0] ? await trainStep(model, inputsOf, features[0], backend) : false;
  } finally {
    model.dispose();
  }
}

/** Whether a new head can be trained on an output: some rows of some floats. @param {import('@graft/tensor').Tensor} output */
const isFeatures = ({ shape, dtype, size: elements }) =>
  isFloat(dtype) && shape.length > 0 && elements > 0 && elements <= 1e5;

/**
 * Trains the network and a new head on an output of it for one step, if anything in the network can be trained.
 * @param {import('@graft/onnx').OnnxModel} model @param {() => ReadonlyMap<string, import('@graft/tensor').Tensor>} inputsOf @param {{ name: string, rows: number, size: number }} features @param {import('@graft/tensor').AnyBackend} backend
 * @returns {Promise<boolean>} whether it did
 * @throws if the gradients do not fit the parameters
 */
async function trainStep(model, inputsOf, { name, rows, size: elements }, backend) {
  if (![...model.parameters()].some(([, { trainable }]) => trainable)) return false;
  const head = await new Linear({ in: elements / rows, out: 2 }).initialize(1).to(backend);
  const optimizer = new Optimizer([...model.parameters(), ...head.parameters()], sgd({ learningRate: 0.01 }));
  try {
    scope(() => {
      const inputs = inputsOf();
      const target = tensor(new Int32Array(rows), { shape: [rows], dtype: 'int32', backend });
      const { grads } = valueAndGrad(() => {
        const output = /** @type {import('@graft/tensor').Tensor} */ (model.call(inputs).get(name));
        return crossEntropy()(head.forward(cast(reshape(output, [rows, elements / rows]), 'float32')), target);
      }, optimizer.parameters);
      for (const [i, { name: path, value }] of optimizer.parameters.entries())
        if (grads[i]?.shape.join() !== value.shape.join())
          throw new Error(`The gradient of ${path} has the shape [${grads[i]?.shape}] instead of [${value.shape}]`);
      optimizer.step(grads);
    });
  } finally {
    head.dispose();
  }
  return true;
}

const dtypes = ['float32', 'float64', 'float16', 'int64', 'int32', 'int8', 'uint8', 'bool'];
const size = (/** @type {readonly number[]} */ shape) => shape.reduce((product, dim) => product * dim, 1);
