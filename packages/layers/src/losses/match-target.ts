import { cast, reshape, sameShape, type Shape, showShape, type Tensor, upload } from '@graft/tensor';
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
  const own = upload(target, output.backend);
  return cast(sameShape(output.shape, own.shape) ? own : reshape(own, output.shape), output.dtype);
}

const withoutOnes = (shape: Shape): Shape => shape.slice(0, shape.findLastIndex((dim, i) => dim !== 1 || i === 0) + 1);
