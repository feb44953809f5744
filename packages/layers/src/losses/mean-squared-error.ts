import { mean, showShape, square, sub } from '@graft/tensor';
import type { Loss } from '../loss.ts';

/** Mean of squared differences; output and target have one shape. */
export const meanSquaredError = (): Loss => (output, target) => {
  if (output.shape.join() !== target.shape.join()) throw new Error(`meanSquaredError wants output and target of one shape, got ${showShape(output.shape)} and ${showShape(target.shape)}.`);
  return mean(square(sub(output, target)));
};
