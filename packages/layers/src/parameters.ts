import { drop, full, Parameter, type ParameterKind, Random, type Shape, tensor } from '@graft/tensor';
import type { Initializer } from './initializers.ts';

/** A new weight of zeros; the layer's `reset` fills it. */
export const weight = (shape: Shape): Parameter => filledParameter(shape, 0, 'weight');
/** A new buffer of one value. */
export const bufferOf = (shape: Shape, value: number): Parameter => filledParameter(shape, value, 'buffer');

function filledParameter(shape: Shape, value: number, kind: ParameterKind): Parameter {
  const tensor = full(shape, value);
  const parameter = new Parameter(tensor, kind);
  drop(tensor); // the slot holds it now
  return parameter;
}

/** Fills a parameter with initial values, where it lives. Constants draw nothing: for them `random` may be left out. */
export function initialise(parameter: Parameter, initializer: Initializer, random: Random = new Random(0)): void {
  const { shape, backend } = parameter.value;
  parameter.take(tensor(initializer(shape, random), { shape, backend }));
}
