import { exportOnnx, onnxExporter } from '@graft/onnx';
import type { Context } from '@graft/plugin';
import type { Modality, Objective } from '@graft/tasks';
import type { TransferModel } from '@graft/transfer';
import type { Backbone } from './backbone.ts';

/** Exports the fine-tuned model as an ONNX file whose metadata has its preprocessing, task and output names. */
export function exportModel(
  context: Pick<Context, 'all'>,
  model: TransferModel,
  { feed, batch }: Pick<Backbone, 'feed' | 'batch'>,
  {
    names,
    objective,
    modality,
  }: { readonly names: readonly string[]; readonly objective: Objective; readonly modality: Modality },
): Promise<Uint8Array> {
  const inputs = Object.entries(feed.inputs);
  const [[, only]] = inputs as [[string, (typeof inputs)[number][1]]];
  const isFixed =
    batch === undefined &&
    inputs.length === 1 &&
    only.dtype === 'float32' &&
    only.shape.every((dim) => typeof dim === 'number');
  return exportOnnx(model, {
    ...(isFixed
      ? { inputShape: only.shape as readonly number[] }
      : {
          inputs: Object.fromEntries(
            inputs.map(([name, { shape, dtype }]) => [name, { shape: [batch ?? 'batch', ...shape], dtype }]),
          ),
          ...(feed.sizes && { sizes: feed.sizes }),
        }),
    outputName: objective.outputName,
    labels: names,
    preprocessing: feed.preprocessing,
    metadata: {
      task: objective.name,
      ...(batch !== undefined && { batch: String(batch) }),
      ...(modality.name !== 'image' && { modality: modality.name }),
    },
    exporters: context.all(onnxExporter),
  });
}
