import { isFloat, showShape, type Tensor } from '@graft/tensor';

/** Refuses what no loss has an answer for: an empty batch, and numbers without a gradient. */
export function wantOutput(loss: string, output: Tensor): void {
  if (!output.size) throw new Error(`${loss} got an empty batch, ${showShape(output.shape)}. Leave such batches out.`);
  if (!isFloat(output.dtype))
    throw new Error(
      `${loss} wants floats from the model, got ${output.dtype} ${showShape(output.shape)}. Check the model's last layer.`,
    );
}
