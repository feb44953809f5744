import { cast, reshape, type Shape, sameShape, showShape, type Tensor } from '@graft/tensor';
import { wantOutput } from './want-output.ts';

/**
 * A target in the output's shape and dtype. Axes of size 1 at the end may be missing or too many: labels [batch] go with outputs [batch, 1].
 * @throws where the shapes differ otherwise
 */
export function matchTarget(loss: string, output: Tensor, target: Tensor): Tensor {
  wantOutput(loss, output);
  if (!sameShape(withoutOnes(output.shape), withoutOnes(target.shape)))
    throw new Error(
      `${loss} wants output and target of one shape, got ${showShape(output.shape)} and ${showShape(target.shape)}. Check the model's last layer and the targets.`,
    );
  return cast(sameShape(output.shape, target.shape) ? target : reshape(target, output.shape), output.dtype);
}

const withoutOnes = (shape: Shape): Shape => shape.slice(0, shape.findLastIndex((dim, i) => dim !== 1 || i === 0) + 1);
