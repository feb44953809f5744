import { cast, type Tensor } from '@graft/tensor';
import type { OnnxOperator } from '../operator.ts';
import { holdsFloats } from './floats-in.ts';

/** An operator that computes in float64 whatever floats it is given; a cast from float to float rounds nothing. */
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

/** A tensor of floats as float64; what else there is as it is. */
export const wide = (x: Tensor): Tensor => (holdsFloats(x) ? cast(x, 'float64') : x);
