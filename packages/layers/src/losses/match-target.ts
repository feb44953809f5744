import { cast, reshape, sameShape, type Shape, showShape, type Tensor, upload } from '@graft/tensor';
import { checkOutput } from './check-output.ts';

/**
 * Converts a target to the output's shape and dtype. Trailing axes of size 1 may differ: labels [batch] match outputs [batch, 1].
 * @throws if the shapes differ otherwise
 */
export function matchTarget(loss: string, output: Tensor, target: Tensor): Tensor {
  checkOutput(loss, output);
  if (!sameShape(withoutOnes(output.shape), withoutOnes(target.shape)))
    throw new Error(
      `${loss} expects output and target of the same shape, got ${showShape(output.shape)} and ${showShape(target.shape)}. Check the model's last layer and the targets.`,
    );
  const own = upload(target, output.backend);
  return cast(sameShape(output.shape, own.shape) ? own : reshape(own, output.shape), output.dtype);
}

const withoutOnes = (shape: Shape): Shape => shape.slice(0, shape.findLastIndex((dim, i) => dim !== 1 || i === 0) + 1);
