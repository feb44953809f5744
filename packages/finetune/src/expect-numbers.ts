import type { OnnxModel } from '@graft/onnx';
import { isFloat } from '@graft/tensor';

/** @throws if a weight of an imported network contains NaN; the error names it */
export async function expectIntactWeights({ file, weights }: Pick<OnnxModel, 'file' | 'weights'>): Promise<void> {
  for (const [name, { value }] of weights) {
    if (!isFloat(value.dtype)) continue;
    const at = ((await value.array()) as Float32Array).findIndex(Number.isNaN);
    if (at >= 0)
      throw new Error(
        `The weight "${name}" of "${file.name}" is NaN at element ${at}, so every prediction would be NaN, too. Use an intact file.`,
      );
  }
}

/**
 * Rejects outputs with NaN, which would otherwise be read as some class.
 * @param name names the example at an index in the error
 * @throws if an output is NaN; the error names the example
 */
export function expectNumbers(outputs: ArrayLike<number>, perExample: number, name: (index: number) => string): void {
  for (let i = 0; i < outputs.length; i++)
    if (Number.isNaN(outputs[i]))
      throw new Error(
        `The model's output for ${name(Math.floor(i / perExample))} is NaN. Its weights are damaged, or numbers overflow in it.`,
      );
}
