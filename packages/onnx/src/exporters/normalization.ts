import type { BatchNormAttrs, HostArray } from '@graft/tensor';
import type { ExportCall, ExportContext, OnnxExporter } from '../exporter.ts';
import { float } from '../proto/write.ts';

/** Mean and variance are two inputs in ONNX, but two rows of one tensor here. */
function batchNorm(
  { inputs: [x, weight, bias, moments], attrs: { epsilon }, output }: ExportCall<BatchNormAttrs>,
  context: ExportContext,
): void {
  const known = moments!.constant;
  if (!known)
    throw new Error('a batch norm with batch statistics cannot be exported. Export the model in inference mode.');
  const channels = known.shape[1]!;
  const row = (i: number): HostArray => ({
    shape: [channels],
    dtype: known.dtype,
    data: known.data.slice(i * channels, (i + 1) * channels),
  });
  const path = weight!.name.replace(/\.?weight$/, '');
  const name = (what: string): string => (path ? `${path}.${what}` : what);
  context.node(
    'BatchNormalization',
    [
      x!.name,
      weight!.name,
      bias!.name,
      context.constant(row(0), name('running_mean')),
      context.constant(row(1), name('running_var')),
    ],
    { epsilon: float(epsilon) },
    output.name,
  );
}

export const normalizationExporters: readonly OnnxExporter[] = [{ name: 'batchNorm', write: batchNorm }];
