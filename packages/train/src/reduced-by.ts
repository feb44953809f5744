import type { Tensor } from '@graft/tensor';
import type { Reduce, StepGradients } from './train-step.ts';

/** Applies `reduce` to a step and frees the step's tensors that are not part of the result. */
export async function reducedBy(reduce: Reduce, step: StepGradients): Promise<StepGradients> {
  const result = await reduce(step);
  const used = new Set(tensorsOf(result));
  for (const tensor of tensorsOf(step)) if (!used.has(tensor)) tensor.dispose();
  return result;
}

const tensorsOf = ({ loss, gradients, statistics }: StepGradients): Tensor[] => [
  loss,
  ...gradients,
  ...statistics.values(),
];
