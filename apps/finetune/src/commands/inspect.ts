import { inspectModel, onnxOperator } from '@graft/onnx';
import { openApp, type PluginOptions } from '../open-app.ts';
import { openNetwork } from '../open-network.ts';
import { table } from '../table.ts';

/** Prints what an ONNX file holds. */
export async function inspect(
  model: string,
  { size, json, ...plugins }: PluginOptions & { size?: number; json?: boolean },
): Promise<void> {
  const app = await openApp(plugins);
  const { card, file } = await openNetwork(app, model);
  const side = size ?? card?.preprocessing?.height;
  const operators = app.all(onnxOperator);
  const first = inspectModel(file, { operators });
  const [input] = first.inputs;
  // A second look where the size of images is known and the file leaves it open.
  const report =
    side && input?.shape?.length === 4
      ? inspectModel(file, {
          operators,
          inputShapes: {
            [input.name]: input.shape.map((dim, i) => (i > 1 ? side : typeof dim === 'number' ? dim : i === 1 ? 3 : 1)),
          },
        })
      : first;
  if (json) return console.log(JSON.stringify({ ...report, card }, null, 2));
  const show = (shape: readonly (number | string | null)[] | undefined): string =>
    `[${shape?.map((dim) => dim ?? '?').join(', ') ?? '…'}]`;
  const weights = report.weights.filter(({ kind }) => kind === 'weight');
  console.log(`${report.name}: ${(report.bytes / 1e6).toFixed(1)} MB, opset ${report.opsets['ai.onnx']}, ${report.operators.reduce((sum, { count }) => sum + count, 0)} nodes, ${report.producer || 'unknown producer'}
${card ? `${card.title} · ${card.licence} · ${card.origin}\n` : ''}
inputs    ${report.inputs.map(({ name, dtype, shape }) => `${name}: ${dtype} ${show(shape)}`).join('\n          ')}
outputs   ${report.outputs.map(({ name, dtype, shape }) => `${name}: ${dtype} ${show(shape)}`).join('\n          ')}
weights   ${weights.length} tensors with ${report.parameters.toLocaleString('en')} numbers that can learn, ${report.weights.length - weights.length} buffers
operators ${report.operators.map(({ opType, domain, count, supported }) => `${domain ? `${domain}.` : ''}${opType} × ${count}${supported ? '' : ' (NOT SUPPORTED)'}`).join(', ')}
${report.problem ? `problem   ${report.problem}\n` : ''}`);
  if (report.cuts.length)
    console.log(
      table(
        ['cut at', 'made by', 'features', 'shape'],
        report.cuts.map(({ value, type, features, shape }) => [value, type, String(features), show(shape)]),
      ),
    );
}
