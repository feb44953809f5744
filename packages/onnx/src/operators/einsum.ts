import { einsum, type Tensor } from '@graft/tensor';
import { type OnnxOperator, operator } from '../operator.ts';

export const einsumOperators: readonly OnnxOperator[] = [
  operator('Einsum', 12, (inputs, { attributes }) => einsum(attributes.string('equation'), ...(inputs as Tensor[])), {
    inputs: [1, Number.POSITIVE_INFINITY],
  }),
];
