import { inspectNetwork } from '@graft/finetune';
import { counted, megabytes, textTable } from '@graft/report';
import { type PluginOptions, withApp } from '../open-app.ts';
import { writeOut } from '../write-out.ts';

/** Prints what an ONNX file contains. */
export async function inspect(
  model: string,
  { size, json, ...plugins }: PluginOptions & { size?: number; json?: boolean },
): Promise<void> {
  await withApp(plugins, async (app) => {
    const report = await inspectNetwork(app, model, { size });
    if (json) return writeOut(JSON.stringify(report, null, 2));
    const { card, name, bytes, opsets, operators, producer, inputs, outputs, parameters, problem, cuts } = report;
    const show = (shape: readonly (number | string | null)[] | undefined): string =>
      `[${shape?.map((dim) => dim ?? '?').join(', ') ?? '…'}]`;
    const ports = (list: typeof inputs): string =>
      list.map((one) => `${one.name}: ${one.dtype} ${show(one.shape)}`).join('\n          ');
    const nodes = operators.reduce((sum, { count }) => sum + count, 0);
    const weights = report.weights.filter(({ kind }) => kind === 'weight').length;
    writeOut(`${name}: ${megabytes(bytes)}, opset ${opsets['ai.onnx']}, ${counted(nodes, 'node')}, ${producer || 'unknown producer'}
${card ? `${card.title} · ${card.licence} · ${card.origin}\n` : ''}
inputs    ${ports(inputs)}
outputs   ${ports(outputs)}
weights   ${counted(parameters, 'trainable parameter')} in ${counted(weights, 'tensor')}, ${counted(report.weights.length - weights, 'buffer')}
operators ${operators.map(({ opType, domain, count, supported }) => `${domain ? `${domain}.` : ''}${opType} × ${count}${supported ? '' : ' (NOT SUPPORTED)'}`).join(', ')}
${problem ? `problem   ${problem}\n` : ''}`);
    if (cuts.length)
      writeOut(
        textTable(
          ['cut at', 'operator', 'features', 'shape'],
          cuts.map(({ value, type, features, shape }) => [value, type, String(features), show(shape)]),
        ),
      );
  });
}
