import type { OnnxExporter } from '@graft/onnx';
import { toNumbers } from '@graft/tensor';
import { logOfGap, OrdinalLogProbabilities } from './ordinal-log-probabilities.ts';

/** Exports {@link OrdinalLogProbabilities} with standard ONNX operators. The thresholds and values computed from them become constants. */
export const ordinalExporter: OnnxExporter = {
  name: OrdinalLogProbabilities.name,
  write({ inputs: [score, thresholds], output }, context) {
    if (!thresholds!.constant)
      throw new Error(
        'The thresholds of ordinalLogProbabilities are computed, but only constant ones can be exported. Use OrderedThresholds.',
      );
    if (context.opset < 11)
      throw new Error(`Ordinal models need ONNX opset 11 or later, got ${context.opset}. Export with opset: 17.`);
    const between = toNumbers(thresholds!.constant.data, thresholds!.dtype);
    const gaps = Float32Array.from(between.slice(1), (threshold, k) => logOfGap(threshold - between[k]!));
    const zero = context.constant({ shape: [], dtype: 'float32', data: Float32Array.of(0) });
    /** −softplus(±(threshold − score)), padded with 0 for the grade without such a threshold. */
    const sided = (first: string, second: string, pads: readonly number[]): string =>
      context.node('Pad', [
        context.node('Neg', [context.node('Softplus', [context.node('Sub', [first, second])])]),
        context.integers(pads),
        zero,
      ]);
    const upper = sided(score!.name, thresholds!.name, [0, 0, 0, 1]);
    const lower = sided(thresholds!.name, score!.name, [0, 1, 0, 0]);
    const inner = context.constant({
      shape: [between.length + 1],
      dtype: 'float32',
      data: Float32Array.of(0, ...gaps, 0),
    });
    context.node('Add', [context.node('Add', [upper, lower]), inner], {}, output.name);
  },
};
