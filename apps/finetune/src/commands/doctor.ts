import { createBackend } from '@graft/graft';
import { diagnoseModel, type ModelDiagnosis, type OnnxFile, onnxOperator } from '@graft/onnx';
import type { AnyBackend } from '@graft/tensor';
import { type Backbone, openBackbone } from '../backbone.ts';
import { openApp, type PluginOptions } from '../open-app.ts';
import { openNetwork } from '../open-network.ts';
import { counted, duration, megabytes, percent } from '../quantities.ts';
import type { Reporter } from '../reporter.ts';
import { table } from '../table.ts';
import type { Task, TaskData, TaskName } from '../task/task.ts';
import { taskOf } from '../task/tasks.ts';
import { measureTrial, type Trial } from '../trial.ts';

export interface DoctorOptions extends PluginOptions {
  readonly data?: string;
  readonly task?: TaskName;
  readonly targets?: readonly string[];
  readonly cut?: string;
  readonly size?: number;
  readonly batch: number;
  readonly backend: string;
  readonly json?: boolean;
}

/** What a network's fine-tuning would take, and what stands in its way. */
interface Examination {
  readonly diagnosis: ModelDiagnosis;
  /** How images are normalised, where nothing says so and it was taken to be as for ImageNet. */
  readonly assumed: Backbone['assumed'];
  readonly trial?: Trial;
  /** Images in the folder, and how many of them a run learns from. */
  readonly images?: { readonly all: number; readonly learned: number };
  readonly canBeFinetuned: boolean;
  readonly verdict: string;
}

/** Share of the images that `graft finetune` learns from, and its views and epochs. */
const [learnedShare, views, epochs] = [0.8, 4, 20];

/** Says before anything is trained what keeps a network from it, and what it would cost. @returns whether it can be fine-tuned */
export async function doctor(model: string, options: DoctorOptions, reporter: Reporter): Promise<boolean> {
  const task = taskOf(options);
  const data = options.data === undefined ? undefined : await task.open(options.data, options.targets);
  for (const { reason } of data?.rows ?? []) reporter.warn(`left out a row: ${reason}`);
  const app = await openApp(options);
  try {
    const { card, file } = await openNetwork(app, model);
    const side = options.size ?? card?.preprocessing?.height;
    const cut = options.cut ?? card?.cutPoints[0]?.value;
    const diagnosis = diagnoseModel(file, {
      operators: app.all(onnxOperator),
      ...(cut !== undefined && { cut }),
      ...sizes(file, side),
    });
    const backend = await createBackend(app, options.backend);
    const backbone = await openBackbone(app, backend, { model, cut: diagnosis.cut, size: options.size }).catch(
      (error: Error) => error.message,
    );
    const found = await examine({ model, options, diagnosis, backend, backbone, task, data, reporter });
    console.log(options.json ? JSON.stringify(found, null, 2) : report(found));
    return found.canBeFinetuned;
  } finally {
    await app.dispose();
  }
}

/** What shapes are computed with where the file leaves the image's size open and it is known. */
function sizes({ inputs: [input] }: OnnxFile, side: number | undefined): { inputShapes?: Record<string, number[]> } {
  if (!side || input?.shape?.length !== 4) return {};
  return {
    inputShapes: {
      [input.name]: input.shape.map((dim, i) => (i > 1 ? side : typeof dim === 'number' ? dim : i === 1 ? 3 : 1)),
    },
  };
}

interface Subject {
  readonly model: string;
  readonly options: DoctorOptions;
  readonly diagnosis: ModelDiagnosis;
  readonly backend: AnyBackend;
  /** Or why it cannot be opened. */
  readonly backbone: Backbone | string;
  readonly task: Task;
  readonly data: TaskData | undefined;
  readonly reporter: Reporter;
}

async function examine({
  model,
  options,
  diagnosis,
  backend,
  backbone,
  task,
  data,
  reporter,
}: Subject): Promise<Examination> {
  const assumed = typeof backbone === 'string' ? [] : backbone.assumed;
  const failed = (why: string): Examination => ({
    diagnosis,
    assumed,
    canBeFinetuned: false,
    verdict: `"${model}" cannot be fine-tuned: ${why.replace(`${model}: `, '').replace(`"${model}" `, 'it ')}`,
  });
  if (typeof backbone === 'string') return failed(diagnosis.obstacle ?? backbone);
  const images = data && { all: data.length, learned: Math.round(data.length * learnedShare) };
  let trial: Trial | undefined;
  if (data) {
    reporter.say(`trying it on a few images of "${options.data}" …`);
    try {
      trial = await measureTrial({
        backend,
        backbone,
        task,
        data,
        batch: options.batch,
        full: diagnosis.learnsBeforeCut,
        reporter,
      });
    } catch (error) {
      await reporter.breathe(); // told to stop is no finding
      return { ...failed((error as Error).message), ...(images && { images }) };
    }
  }
  const command = [
    'graft finetune --model',
    quoted(model),
    '--data',
    options.data === undefined ? '<folder>' : quoted(options.data),
    ...extras(options, diagnosis),
  ].join(' ');
  const further = diagnosis.learnsBeforeCut ? '; with --unfreeze all the backbone learns, too' : ', the head only';
  return {
    diagnosis,
    assumed,
    ...(images && { images }),
    ...(trial && { trial }),
    canBeFinetuned: true,
    verdict: `"${model}" can be fine-tuned${further}: ${command}`,
  };
}

/** Options that graft finetune needs and would not find out by itself. */
function extras(
  { task, targets, cut, size, batch }: DoctorOptions,
  { problems, cut: found }: ModelDiagnosis,
): string[] {
  const chosen = cut ?? (problems.some(({ problem }) => problem !== 'no gradient') ? found : undefined);
  return [
    ...(task === undefined ? [] : ['--task', task]),
    ...(targets ? ['--targets', quoted(targets.join(','))] : []),
    ...(chosen === undefined ? [] : ['--cut', quoted(chosen)]),
    ...(size === undefined ? [] : ['--size', String(size)]),
    ...(batch === 16 ? [] : ['--batch', String(batch)]),
  ];
}

/** A word of a command line. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

function report({ diagnosis, assumed, trial, images, verdict }: Examination): string {
  const { name, bytes, opset, nodes, cuts, cut } = diagnosis;
  const show = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
  const rows = cuts.map((one) => [
    one.value,
    one.type,
    String(one.features),
    show(one.shape),
    one.value === cut ? '← the head goes here' : '',
  ]);
  return [
    `${name}: ${megabytes(bytes)}, opset ${opset}, ${counted(nodes, 'node')}`,
    '',
    ...findings(diagnosis, assumed).map(([title, text]) => `${title.padEnd(12)} ${text}`),
    '',
    ...(rows.length ? [table(['cut at', 'made by', 'features', 'shape', ''], rows), ''] : []),
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
  assumed: Examination['assumed'],
): [string, string][] {
  const lines: [string, string][] = problems.map(({ opType, domain, count, first, problem, beforeCut }) => [
    problem,
    `${domain ? `${domain}.` : ''}${opType} × ${count}, first "${first}": ${beforeCut ? consequence[problem] : 'after the cut, so that it is left out'}`,
  ]);
  if (!problems.length) lines.push(['operators', `every node (${nodes}) can be run and passes gradients on`]);
  if (foldedBatchNorms)
    lines.push([
      'batch norm',
      `folded into ${counted(foldedBatchNorms, 'convolution')}, it seems: nothing keeps the activations in bounds when the backbone learns, so that it wants a small learning rate`,
    ]);
  if (quantized.nodes)
    lines.push([
      'quantised',
      `${counted(quantized.nodes, 'node')} with ${counted(quantized.weights, 'weight')} of whole numbers, which stay as they are`,
    ]);
  for (const warning of warnings) lines.push(['numbers', warning]);
  lines.push(['open sizes', openDimensions.join(', ') || 'none']);
  if (assumed.length)
    lines.push([
      'normalised',
      `nothing says how, so that ImageNet's ${assumed.join(' and ')} are taken; others go with --${assumed.join(' and --')}`,
    ]);
  if (cut !== undefined)
    lines.push([
      'kept',
      `${percent(keptShare)} of the weights lie before the cut at ${cut}${learnsBeforeCut ? '' : '; they are frozen, for a node among them passes no gradient on'}`,
    ]);
  return lines;
}

const consequence = {
  'not supported': 'it is needed for the features, so that nothing can be computed',
  'shape unknown': 'its shape depends on values, so that no head can be fitted',
  'no gradient': 'what comes before it cannot learn; with a frozen backbone it does no harm',
} as const;

function cost(
  { images: tried, batch, featureSeconds, headSeconds, headBytes, full }: Trial,
  { all, learned }: NonNullable<Examination['images']>,
): string[] {
  const memory = (bytes: number | undefined): string => (bytes === undefined ? '–' : megabytes(bytes));
  const features = featureSeconds * (learned * views + all - learned);
  const rows = [
    [
      'head only',
      shortly(headSeconds * learned),
      duration(features + epochs * headSeconds * learned),
      memory(headBytes),
    ],
    ...(full
      ? [
          [
            'full fine-tuning',
            shortly(full.imageSeconds * learned),
            duration(epochs * (full.imageSeconds * learned + featureSeconds * (all - learned))),
            memory(full.bytes),
          ],
        ]
      : []),
  ];
  return [
    table([`${counted(learned, 'image')} to learn from`, 'an epoch', `${epochs} epochs`, 'memory'], rows),
    `measured with ${counted(tried, 'image')} of ${counted(all, 'image')}, ${batch} a step${full ? `, ${counted(full.steps, 'step')} of the whole network after a first` : ''}; the head's 20 epochs include the features of ${views} views of each image (${duration(features)})`,
  ];
}

const shortly = (seconds: number): string => (seconds < 0.05 ? '< 0.1 s' : duration(seconds));
