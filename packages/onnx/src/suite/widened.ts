import { cast, type Tensor } from '@graft/tensor';
import type { OnnxOperator } from '../operator.ts';
import { holdsFloats } from './floats-in.ts';

/** Makes an operator compute in float64 for all float inputs; casts between floats do not round. */
export const widened = (operator: OnnxOperator): OnnxOperator => ({
  ...operator,
  run(inputs, node, context) {
    const given = inputs.map((x) => x && wide(x));
    const result = operator.run(given, node, context);
    if (operator.opType.startsWith('Cast') && holdsFloats(given[0]) && holdsFloats(result as Tensor)) return given[0]!;
    return Array.isArray(result)
      ? (result.map((one: Tensor | undefined) => one && wide(one)) as Tensor[])
      : wide(result as Tensor);
  },
});

/** Converts float tensors to float64; other values are unchanged. */
export const wide = (x: Tensor): Tensor => (holdsFloats(x) ? cast(x, 'float64') : x);
