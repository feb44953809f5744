import { openNetwork, sizes } from '@graft/finetune';
import { inspectModel, onnxOperator } from '@graft/onnx';
import { textTable } from '@graft/report';
import { type PluginOptions, withApp } from '../open-app.ts';

/** Prints what an ONNX file holds. */
export async function inspect(
  model: string,
  { size, json, ...plugins }: PluginOptions & { size?: number; json?: boolean },
): Promise<void> {
  await withApp(plugins, async (app) => {
    const { card, file } = await openNetwork(app, model);
    const operators = app.all(onnxOperator);
    // Shapes need the size of images, where the file leaves it open.
    const report = inspectModel(file, { operators, ...sizes(file, size ?? card?.preprocessing?.height) });
    if (json) return console.log(JSON.stringify({ ...report, card }, null, 2));
    const show = (shape: readonly (number | string | null)[] | undefined): string =>
      `[${shape?.map((dim) => dim ?? '?').join(', ') ?? '…'}]`;
    const weights = report.weights.filter(({ kind }) => kind === 'weight');
    console.log(`${report.name}: ${(report.bytes / 1e6).toFixed(1)} MB, opset ${report.opsets['ai.onnx']}, ${report.operators.reduce((sum, { count }) => sum + count, 0)} nodes, ${report.producer || 'unknown producer'}
${card ? `${card.title} · ${card.licence} · ${card.origin}\n` : ''}
inputs    ${report.inputs.map(({ name, dtype, shape }) => `${name}: ${dtype} ${show(shape)}`).join('\n          ')}
outputs   ${report.outputs.map(({ name, dtype, shape }) => `${name}: ${dtype} ${show(shape)}`).join('\n          ')}
weights   ${weights.length} tensors with ${report.parameters.toLocaleString('en')} trainable numbers, ${report.weights.length - weights.length} buffers
operators ${report.operators.map(({ opType, domain, count, supported }) => `${domain ? `${domain}.` : ''}${opType} × ${count}${supported ? '' : ' (NOT SUPPORTED)'}`).join(', ')}
${report.problem ? `problem   ${report.problem}\n` : ''}`);
    if (report.cuts.length)
      console.log(
        textTable(
          ['cut at', 'made by', 'features', 'shape'],
          report.cuts.map(({ value, type, features, shape }) => [value, type, String(features), show(shape)]),
        ),
      );
  });
}
