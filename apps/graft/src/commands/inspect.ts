import { drawNetwork, inspectNetwork, type InspectNetworkOptions } from '@graft/finetune';
import { counted, megabytes, textTable } from '@graft/report';
import { type PluginOptions, withApp } from '../open-app.ts';
import { writeOut } from '../write-out.ts';

export interface InspectOptions extends PluginOptions, InspectNetworkOptions {
  readonly json?: boolean;
}

/** Prints what an ONNX file contains, and draws its blocks. */
export async function inspect(
  model: string,
  { size, inputs, cut, output, json, ...plugins }: InspectOptions,
): Promise<void> {
  await withApp(plugins, async (app) => {
    const report = await inspectNetwork(app, model, { size, inputs, cut, output });
    if (json) return writeOut(JSON.stringify(report, null, 2));
    const { card, name, bytes, opsets, operators, producer, parameters, problem, cuts, blocks, input } = report;
    const show = (shape: readonly (number | string | null)[] | undefined): string =>
      `[${shape?.map((dim) => dim ?? '?').join(', ') ?? '…'}]`;
    const ports = (list: typeof report.inputs): string =>
      list.map((one) => `${one.name}: ${one.dtype} ${show(one.shape)}`).join('\n          ');
    const nodes = operators.reduce((sum, { count }) => sum + count, 0);
    const weights = report.weights.filter(({ kind }) => kind === 'weight').length;
    writeOut(`${name}: ${megabytes(bytes)}, opset ${opsets['ai.onnx']}, ${counted(nodes, 'node')}, ${producer || 'unknown producer'}
${card ? `${card.title} · ${card.licence} · ${card.origin}\n` : ''}
inputs    ${ports(report.inputs)}
outputs   ${ports(report.outputs)}
weights   ${counted(parameters, 'trainable parameter')} in ${counted(weights, 'tensor')}, ${counted(report.weights.length - weights, 'buffer')}
operators ${operators.map(({ opType, domain, count, supported }) => `${domain ? `${domain}.` : ''}${opType} × ${count}${supported ? '' : ' (NOT SUPPORTED)'}`).join(', ')}
${input ? `fed       ${input}\n` : ''}${problem ? `problem   ${problem}\n` : ''}`);
    if (blocks.length) writeOut(`${drawNetwork(report)}\n`);
    if (cuts.length)
      writeOut(
        textTable(
          ['cut at', 'operator', 'features', 'shape'],
          cuts.map(({ value, type, features, shape }) => [value, type, String(features), show(shape)]),
        ),
      );
  });
}
