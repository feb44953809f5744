import type { ModelDiagnosis } from '@graft/onnx';
import { counted, duration, megabytes, percent, textTable } from '@graft/report';
import type { Diagnosis } from './diagnose.ts';
import { estimateRun } from './estimate-run.ts';
import { defaultOptions } from './run-options.ts';

/** Describes a diagnosis as text: findings, where the network can be cut, and the cost of training it. */
export function describeDiagnosis(found: Diagnosis): string {
  const { name, bytes, opset, nodes, cuts, cut } = found.diagnosis;
  const rows = cuts.map((one) => [
    one.value,
    one.type,
    String(one.features),
    `[${one.shape.join(', ')}]`,
    one.value === cut ? '← new head' : '',
  ]);
  return [
    `${name}: ${megabytes(bytes)}, opset ${opset}, ${counted(nodes, 'node')}`,
    '',
    ...findings(found.diagnosis, found).map(([title, text]) => `${title.padEnd(13)} ${text}`),
    '',
    ...(rows.length ? [textTable(['cut at', 'operator', 'features', 'shape', ''], rows), ''] : []),
    ...cost(found),
  ].join('\n');
}

function findings(
  {
    problems,
    foldedBatchNorms,
    quantized,
    openDimensions,
    warnings,
    keptShare,
    cut,
    learnsBeforeCut,
    nodes,
  }: ModelDiagnosis,
  { assumptions, input, libraries }: Pick<Diagnosis, 'assumptions' | 'input' | 'libraries'>,
): [title: string, text: string][] {
  const lines: [string, string][] = problems.map(({ opType, domain, count, first, problem, beforeCut }) => [
    problem,
    `${domain ? `${domain}.` : ''}${opType} × ${count}, first "${first}": ${beforeCut ? consequence[problem] : 'after the cut, so it is left out'}`,
  ]);
  if (!problems.length) lines.push(['operators', `all ${counted(nodes, 'node')} can be run and differentiated`]);
  if (foldedBatchNorms)
    lines.push([
      'batch norm',
      `probably folded into ${counted(foldedBatchNorms, 'convolution')}: use a small learning rate to train the backbone`,
    ]);
  if (quantized.nodes)
    lines.push([
      'quantized',
      `${counted(quantized.nodes, 'node')} with ${counted(quantized.weights, 'integer weight')}, which are not trained; --dequantize rewrites them as floats`,
    ]);
  for (const warning of warnings) lines.push(['warning', warning]);
  lines.push(['open sizes', openDimensions.join(', ') || 'none']);
  if (input !== undefined) lines.push(['input', input]);
  if (libraries) lines.push(['libraries', libraries.join(', ') || 'none, so WebAssembly computes']);
  for (const assumption of assumptions) lines.push(['assumption', assumption]);
  if (cut !== undefined)
    lines.push([
      'kept',
      `${percent(keptShare)} of the weights, those before the cut at ${cut}${learnsBeforeCut ? '' : '; they stay frozen, because a node among them has no gradient'}`,
    ]);
  return lines;
}

const consequence = {
  'not supported': 'the features depend on it, so they cannot be computed',
  'shape unknown': 'its shape depends on values, so the shape of the features is unknown',
  'no gradient': 'layers before it cannot be trained; a frozen backbone is not affected',
} as const;

function cost({ trial, images }: Diagnosis): string[] {
  if (!trial || !images) return [];
  const { epochs, views } = defaultOptions;
  const { featureSeconds, head, full } = estimateRun({ trial, images });
  const rows = [['head only', head] as const, ...(full ? [['full fine-tuning', full] as const] : [])].map(
    ([title, { epochSeconds, seconds, bytes }]) => [
      title,
      epochSeconds < 0.05 ? '< 0.1 s' : duration(epochSeconds),
      duration(seconds),
      bytes === undefined ? '–' : megabytes(bytes),
    ],
  );
  const steps = trial.full ? `, and ${counted(trial.full.steps, 'training step')} of the whole network` : '';
  return [
    textTable([counted(images.learned, 'training example'), '1 epoch', `${epochs} epochs`, 'memory'], rows),
    `Measured with ${trial.images} of ${counted(images.all, 'example')} at batch size ${trial.batch}${steps}. For the head, ${epochs} epochs include ${duration(featureSeconds)} to compute the features of ${views} views of each example.`,
    '',
  ];
}
