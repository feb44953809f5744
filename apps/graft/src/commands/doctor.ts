import { diagnose, type Diagnosis, shellWord, type Trial } from '@graft/finetune';
import type { ModelDiagnosis } from '@graft/onnx';
import { counted, duration, megabytes, percent, textTable } from '@graft/report';
import { type PluginOptions, withApp } from '../open-app.ts';
import type { Reporter } from '../reporter.ts';

export interface DoctorOptions extends PluginOptions {
  readonly data?: string;
  readonly task?: string;
  readonly targets?: readonly string[];
  readonly cut?: string;
  readonly size?: number;
  readonly batch: number;
  readonly backend: string;
  readonly json?: boolean;
}

/** Views and epochs of a run by default. */
const [views, epochs] = [4, 20];

/** Says before anything is trained what keeps a network from being fine-tuned, and what it would cost. @returns whether it can be fine-tuned */
export async function doctor(
  model: string,
  { json, plugins, ...options }: DoctorOptions,
  { listen: events, signal }: Reporter,
): Promise<boolean> {
  return withApp({ ...(plugins && { plugins }) }, async (app) => {
    const found = await diagnose({ ...options, model }, { app, events, ...(signal && { signal }) });
    const verdict = verdictOf(model, options, found);
    console.log(json ? JSON.stringify({ ...found, verdict }, null, 2) : report(found, verdict));
    return found.canBeFinetuned;
  });
}

function verdictOf(model: string, options: Omit<DoctorOptions, 'json'>, { diagnosis, obstacle }: Diagnosis): string {
  if (obstacle !== undefined)
    return `"${model}" cannot be fine-tuned: ${obstacle.replace(`${model}: `, '').replace(`"${model}" `, 'it ')}`;
  const data = options.data === undefined ? '<folder>' : shellWord(options.data);
  const command = ['graft finetune --model', shellWord(model), '--data', data, ...extras(options, diagnosis)].join(' ');
  return `"${model}" can be fine-tuned${diagnosis.learnsBeforeCut ? '; --unfreeze all trains the backbone as well' : ', the head only'}: ${command}`;
}

/** Options that graft finetune needs and would not find out by itself. */
function extras(
  { task, targets, cut, size, batch }: Omit<DoctorOptions, 'json'>,
  { problems, cut: found }: ModelDiagnosis,
): string[] {
  const chosen = cut ?? (problems.some(({ problem }) => problem !== 'no gradient') ? found : undefined);
  return [
    ...(task === undefined ? [] : ['--task', task]),
    ...(targets ? ['--targets', shellWord(targets.join(','))] : []),
    ...(chosen === undefined ? [] : ['--cut', shellWord(chosen)]),
    ...(size === undefined ? [] : ['--size', String(size)]),
    ...(batch === 16 ? [] : ['--batch', String(batch)]),
  ];
}

function report({ diagnosis, assumptions, trial, images }: Diagnosis, verdict: string): string {
  const { name, bytes, opset, nodes, cuts, cut } = diagnosis;
  const rows = cuts.map((one) => [
    one.value,
    one.type,
    String(one.features),
    `[${one.shape.join(', ')}]`,
    one.value === cut ? '← the head goes here' : '',
  ]);
  return [
    `${name}: ${megabytes(bytes)}, opset ${opset}, ${counted(nodes, 'node')}`,
    '',
    ...findings(diagnosis, assumptions).map(([title, text]) => `${title.padEnd(12)} ${text}`),
    '',
    ...(rows.length ? [textTable(['cut at', 'made by', 'features', 'shape', ''], rows), ''] : []),
    ...(trial && images ? [...cost(trial, images), ''] : []),
    verdict,
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
  assumptions: readonly string[],
): [string, string][] {
  const lines: [string, string][] = problems.map(({ opType, domain, count, first, problem, beforeCut }) => [
    problem,
    `${domain ? `${domain}.` : ''}${opType} × ${count}, first "${first}": ${beforeCut ? consequence[problem] : 'after the cut, so it is left out'}`,
  ]);
  if (!problems.length) lines.push(['operators', `every node (${nodes}) runs and has a gradient`]);
  if (foldedBatchNorms)
    lines.push([
      'batch norm',
      `probably folded into ${counted(foldedBatchNorms, 'convolution')}: without it, use a small learning rate to train the backbone`,
    ]);
  if (quantized.nodes)
    lines.push([
      'quantised',
      `${counted(quantized.nodes, 'node')} with ${counted(quantized.weights, 'integer weight')}, which stay as they are`,
    ]);
  for (const warning of warnings) lines.push(['numbers', warning]);
  lines.push(['open sizes', openDimensions.join(', ') || 'none']);
  for (const assumption of assumptions) lines.push(['assumed', assumption]);
  if (cut !== undefined)
    lines.push([
      'kept',
      `${percent(keptShare)} of the weights are before the cut at ${cut}${learnsBeforeCut ? '' : '; they are frozen, because a node among them has no gradient'}`,
    ]);
  return lines;
}

const consequence = {
  'not supported': 'the features depend on it, so nothing can be computed',
  'shape unknown': 'its shape depends on values, so no head can be fitted',
  'no gradient': 'layers before it cannot be trained; a frozen backbone is not affected',
} as const;

function cost(
  { images: tried, batch, featureSeconds, headSeconds, headBytes, full }: Trial,
  { all, learned }: NonNullable<Diagnosis['images']>,
): string[] {
  const memory = (bytes: number | undefined): string => (bytes === undefined ? '–' : megabytes(bytes));
  const features = featureSeconds * (learned * views + all - learned);
  const wholeRun = (full: NonNullable<Trial['full']>): number =>
    epochs * (full.imageSeconds * learned + featureSeconds * (all - learned));
  const rows = [
    [
      'head only',
      shortly(headSeconds * learned),
      duration(features + epochs * headSeconds * learned),
      memory(headBytes),
    ],
    ...(full
      ? [['full fine-tuning', shortly(full.imageSeconds * learned), duration(wholeRun(full)), memory(full.bytes)]]
      : []),
  ];
  return [
    textTable([`${counted(learned, 'training example')}`, 'an epoch', `${epochs} epochs`, 'memory'], rows),
    `measured with ${tried} of ${counted(all, 'example')}, batch size ${batch}${full ? `, ${counted(full.steps, 'step')} of the whole network after a first one` : ''}; the head's ${epochs} epochs include the features of ${views} views of each example (${duration(features)})`,
  ];
}

const shortly = (seconds: number): string => (seconds < 0.05 ? '< 0.1 s' : duration(seconds));
