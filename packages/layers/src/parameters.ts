import { drop, full, Parameter, type ParameterKind, Random, type Shape, tensor } from '@graft/tensor';
import type { Initializer } from './initializers.ts';

/** A new weight of zeros, marked as uninitialised; the layer's `reset` fills it. */
export function weight(shape: Shape): Parameter {
  const parameter = filledParameter(shape, 0, 'weight');
  parameter.initialised = false;
  return parameter;
}
/** A new buffer filled with one value. */
export const bufferOf = (shape: Shape, value: number): Parameter => filledParameter(shape, value, 'buffer');

function filledParameter(shape: Shape, value: number, kind: ParameterKind): Parameter {
  const tensor = full(shape, value);
  const parameter = new Parameter(tensor, kind);
  drop(tensor); // the slot now holds it
  return parameter;
}

let draws = true;

/** Creates modules without drawing their weights, which are zeros until other weights are loaded: drawing takes seconds for large networks. */
export function withoutDrawing<T>(create: () => T): T {
  const before = draws;
  draws = false;
  try {
    return create();
  } finally {
    draws = before;
  }
}

/**
 * Fills a parameter with initial values, on its backend. `random` may be omitted for constants. Random values do not count as
 * initialised until `Module.initialize` draws them from its seed.
 */
export function initialise(parameter: Parameter, initializer: Initializer, random: Random = new Random(0)): void {
  if (!draws) {
    parameter.initialised = false;
    return;
  }
  const { shape, backend } = parameter.value;
  const before = random.clone();
  parameter.take(tensor(initializer(shape, random), { shape, backend }));
  parameter.initialised = random.clone().bits() === before.bits();
}
