import { counted, megabytes, textTable } from '@graft/report';
import { drawNetwork } from './draw-network.ts';
import type { NetworkReport } from './inspect-network.ts';

/** Describes what an ONNX file contains as text: its inputs, outputs, weights and operators, a drawing of its blocks, and where it can be cut. */
export function describeNetwork(report: NetworkReport): string {
  const { card, name, bytes, opsets, operators, producer, parameters, problem, cuts, blocks, input } = report;
  const show = (shape: readonly (number | string | null)[] | undefined): string =>
    `[${shape?.map((dim) => dim ?? '?').join(', ') ?? '…'}]`;
  const ports = (list: typeof report.inputs): string =>
    list.map((one) => `${one.name}: ${one.dtype} ${show(one.shape)}`).join('\n          ');
  const nodes = operators.reduce((sum, { count }) => sum + count, 0);
  const weights = report.weights.filter(({ kind }) => kind === 'weight').length;
  const list = operators.map(
    ({ opType, domain, count, supported }) =>
      `${domain ? `${domain}.` : ''}${opType} × ${count}${supported ? '' : ' (NOT SUPPORTED)'}`,
  );
  const rows = cuts.map(({ value, type, features, shape }) => [value, type, String(features), show(shape)]);
  return [
    `${name}: ${megabytes(bytes)}, opset ${opsets['ai.onnx']}, ${counted(nodes, 'node')}, ${producer || 'unknown producer'}`,
    ...(card ? [`${card.title} · ${card.licence} · ${card.origin}`] : []),
    '',
    `inputs    ${ports(report.inputs)}`,
    `outputs   ${ports(report.outputs)}`,
    `weights   ${counted(parameters, 'trainable parameter')} in ${counted(weights, 'tensor')}, ${counted(report.weights.length - weights, 'buffer')}`,
    `operators ${list.join(', ')}`,
    ...(input ? [`fed       ${input}`] : []),
    ...(problem ? [`problem   ${problem}`] : []),
    ...(blocks.length ? ['', drawNetwork(report)] : []),
    ...(rows.length ? ['', textTable(['cut at', 'operator', 'features', 'shape'], rows)] : []),
  ].join('\n');
}
