// @ts-check
import { importOnnx, inspectModel, readModel } from '@graft/onnx';
import { isFloat, scope, tensor, zerosOf } from '@graft/tensor';
import { unclear } from './unclear.mjs';

/**
 * The outcome of a damaged file: undefined if it ran, otherwise the reason for rejecting it, or what is wrong with the error.
 * @param {Uint8Array} bytes @param {import('@graft/tensor').AnyBackend} backend
 */
export async function outcome(bytes, backend) {
  try {
    await read(bytes, backend);
    return undefined;
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

/** Everything that users do with an untrusted file. @param {Uint8Array} bytes @param {import('@graft/tensor').AnyBackend} backend */
async function read(bytes, backend) {
  const file = readModel({ model: bytes, name: 'fuzz.onnx', externalData: { 'weights.bin': new Uint8Array(64) } });
  const shapes = Object.fromEntries(
    file.inputs.map(({ name, shape }) => [
      name,
      (shape ?? [2, 3]).map((dim, i) => (typeof dim === 'number' ? dim : i === 0 ? 2 : 8)),
    ]),
  );
  const report = inspectModel(file, { inputShapes: shapes });
  if (report.problem !== undefined && unclear(report.problem)) throw new Error(report.problem);
  const model = await importOnnx(file).to(backend);
  try {
    const ports = file.inputs.filter(({ name }) => model.inputs.includes(name));
    // The values of inputs are up to the user.
    if (ports.some(({ name, dtype }) => !dtypes.includes(dtype) || size(shapes[name] ?? []) > 1e5)) return;
    scope(() => {
      const given = ports.map(({ name, dtype }) => {
        const known = /** @type {import('@graft/tensor').DType} */ (dtype);
        const values = zerosOf(known, size(shapes[name] ?? []));
        if (isFloat(known)) for (let i = 0; i < values.length; i++) values[i] = Math.sin(i);
        return /** @type {const} */ ([
          name,
          tensor(values, { shape: shapes[name] ?? [], dtype: known, ...(known === 'float32' && { backend }) }),
        ]);
      });
      model.call(new Map(given));
    });
  } finally {
    model.dispose();
  }
}

const dtypes = ['float32', 'float64', 'float16', 'int64', 'int32', 'int8', 'uint8', 'bool'];
const size = (/** @type {readonly number[]} */ shape) => shape.reduce((product, dim) => product * dim, 1);
