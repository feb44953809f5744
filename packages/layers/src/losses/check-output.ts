import { isFloat, showShape, type Tensor } from '@graft/tensor';

/** Rejects outputs that no loss can handle: an empty batch, or integers. */
export function checkOutput(loss: string, output: Tensor): void {
  if (!output.size) throw new Error(`${loss} got an empty batch, ${showShape(output.shape)}. Skip empty batches.`);
  if (!isFloat(output.dtype))
    throw new Error(
      `${loss} expects floats from the model, got ${output.dtype} ${showShape(output.shape)}. Check the model's last layer.`,
    );
}
