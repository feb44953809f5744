import { didYouMean, oneLine } from '@graft/plugin';
import { cast, type DType, type HostArray, isFloat, readAll, sameShape, scope, showShape, tensor } from '@graft/tensor';
import type { AnyModule } from './inputs.ts';

/** Copies the current values of all parameters, including buffers, by path. */
export async function weightsOf(module: AnyModule): Promise<Map<string, HostArray>> {
  const parameters = [...module.parameters()];
  const values = await readAll(parameters.map(([, { value }]) => value));
  return new Map(parameters.map(([path], i) => [path, values[i]!]));
}

/**
 * Loads values into a module's parameters, by path. Parameters stay on their backend, and floats are converted to the parameter's dtype: float16 files load into float32 networks.
 * @throws if a path is missing, unknown or of another shape; nothing is changed in that case
 */
export function loadWeights(module: AnyModule, weights: ReadonlyMap<string, HostArray>): void {
  const parameters = new Map(module.parameters());
  for (const [path, { shape }] of weights) {
    const own = parameters.get(path);
    if (!own)
      throw new Error(
        `The model has no parameter "${oneLine(path)}".${didYouMean(path, [...parameters.keys()])} The weights belong to another model.`,
      );
    if (!sameShape(own.value.shape, shape))
      throw new Error(
        `Parameter "${path}" is ${showShape(own.value.shape)}, but the weights hold ${showShape(shape)}. The weights belong to another model.`,
      );
  }
  for (const [path, { dtype }] of weights) {
    const own = parameters.get(path)!.value.dtype;
    if (isFloat(own) !== isFloat(dtype))
      throw new Error(
        `Parameter "${path}" holds ${own} values, but the weights hold ${dtype} values. The weights belong to another model.`,
      );
  }
  for (const path of parameters.keys())
    if (!weights.has(path)) throw new Error(`The weights have no parameter "${path}". They belong to another model.`);
  for (const [path, parameter] of parameters) {
    const { shape, dtype, data } =
      isFloat(parameter.value.dtype) && isFloat(weights.get(path)!.dtype)
        ? castArray(weights.get(path)!, parameter.value.dtype)
        : weights.get(path)!;
    parameter.take(tensor(data, { shape, dtype, backend: parameter.value.backend }));
  }
}

/** Converts floats to another dtype: float16 or bfloat16 to halve the file, float32 to train. Other values are kept. */
export const castWeights = (weights: ReadonlyMap<string, HostArray>, dtype: DType): Map<string, HostArray> =>
  new Map([...weights].map(([path, value]) => [path, isFloat(value.dtype) ? castArray(value, dtype) : value]));

const castArray = (value: HostArray, dtype: DType): HostArray =>
  value.dtype === dtype
    ? value
    : { shape: value.shape, dtype, data: scope(() => cast(tensor(value.data, value), dtype).arraySync()) };
