import { createBackend, createGraft, fileStorage } from '@graft/graft/node';
import { evaluatedExamples, exportModel, RunFiles, RunProgress, type RunListener, type Summary } from '@graft/finetune';
import { inRunFolder, newRunFolder } from '@graft/finetune/node';
import { progress as progressBar } from '@graft/callbacks';
import {
  counted,
  duration,
  meanAndDeviation,
  percent,
  type Evaluation,
  type ReportedRun,
  reportPage,
  reportSection,
  textTable,
} from '@graft/report';
import { classification } from '@graft/tasks';
import { saveCheckpoint } from '@graft/train';
import { openDemoData } from './data.ts';
import { type Plan, plan as fullPlan } from './plan.ts';
import { predictionsOf } from './predictions.ts';
import { type PrintReading, readPrint } from './read-print.ts';
import { type Outcome, type RowName, rowNames, runSeed } from './run-seed.ts';

/** Options of {@link demo}. */
export interface DemoOptions {
  readonly seeds: readonly number[];
  readonly out?: string | undefined;
  readonly backend: string;
  readonly json: boolean;
  readonly events: RunListener;
  readonly signal?: AbortSignal | undefined;
}

/** Maximum number of images in the report. */
const maxReported = 500;

/** Trains digit classifiers with five methods and compares them on the same test set. */
export async function demo(options: DemoOptions, plan: Plan = fullPlan): Promise<Summary> {
  const folder = options.out ?? newRunFolder();
  return inRunFolder(folder, () => new RunFiles(fileStorage(folder)).fill((files) => runDemo(options, files, plan)));
}

async function runDemo(
  { seeds, backend: named, json, events, signal }: DemoOptions,
  files: RunFiles,
  plan: Plan,
): Promise<Summary> {
  const app = await createGraft({ modelsFrom: [process.cwd(), import.meta.dirname] });
  try {
    const started = performance.now();
    const progress = new RunProgress(events, signal);
    const backend = await createBackend(app, named);
    progress.say(
      `10,000 handwritten digits: ${plan.perClass} per class for training, ${plan.testImages.toLocaleString('en')} held out for testing`,
    );
    const data = await openDemoData();
    await progress.breathe();
    const bar = (label: string) =>
      json || !process.stderr.isTTY ? [] : [progressBar({ label, stream: process.stderr })];
    const outcomes: Outcome[] = [];
    for (const seed of seeds) {
      outcomes.push(await runSeed({ app, backend, data, seed, plan, progress, bar }));
      if (outcomes.length > 1) outcomes.at(-1)!.model.dispose(); // only the first seed's model is exported
    }
    const [first] = outcomes as [Outcome];
    const { model, backbone, test, trained } = first;
    const names = data.folder.classes;
    const described = { names, objective: classification, modality: backbone.modality };
    await files.write('model.onnx', await exportModel(app, model, backbone, described));
    await saveCheckpoint(files.storage, 'checkpoint', { model, state: { seed: seeds[0], plan } });
    const run = await reportedRunOf(first, { data, seed: seeds[0]!, plan });
    await files.write('predictions.png', await predictionsOf(run));
    const { html } = await reportPage(run, classification.headline(run), [
      ...app.all(reportSection),
      ...classification.sections,
    ]);
    await files.write('report.html', html);
    const untrained = await readPrint(app, backend, test);
    const rows = rowNames.map((name) => rowOf(name, outcomes));
    const trainSeconds = first.seconds['full fine-tuning'];
    const images = trained.length * (plan.head.views + plan.full.epochs);
    const parameters = [...model.parameters()]
      .filter(([, { kind }]) => kind === 'weight')
      .reduce((sum, [, { value }]) => sum + value.size, 0);
    const summary = await files.finish({
      model: backbone.name,
      classes: names,
      parameters,
      trainableParameters: parameters,
      epochs: plan.head.epochs + plan.full.epochs,
      validationAccuracy: null,
      testAccuracy: rows.find(({ name }) => name === 'full fine-tuning')!.mean,
      trainSeconds,
      imagesPerSecond: images / trainSeconds,
      frozenTensors: first.frozenTensors,
      frozenTensorsChanged: outcomes.reduce((sum, { frozenTensorsChanged }) => sum + frozenTensorsChanged, 0),
      preprocessing: backbone.feed.preprocessing,
      cut: backbone.cut,
      seeds,
      rows,
      untrained,
      totalSeconds: (performance.now() - started) / 1000,
    });
    console.log(
      json
        ? JSON.stringify({ ...summary, folder: files.location })
        : report(rows, untrained, {
            plan,
            folder: files.location,
            seeds: seeds.length,
            seconds: Number(summary['totalSeconds']),
          }),
    );
    return summary;
  } finally {
    await app.dispose();
  }
}

/** Collects the data for the report of the first seed. */
async function reportedRunOf(
  { model, backbone, test, heldOut, trained, phases, seconds }: Outcome,
  {
    data,
    seed,
    plan,
  }: { readonly data: Awaited<ReturnType<typeof openDemoData>>; readonly seed: number; readonly plan: Plan },
): Promise<ReportedRun & { readonly evaluation: Evaluation }> {
  const names = data.folder.classes;
  const listed = await Promise.all(
    Array.from({ length: data.folder.length }, async (_, index) => {
      const { input, label } = await data.folder.get(index);
      return { input: backbone.modality.inputFrom(input), label, name: input.slice(data.path.length + 1) };
    }),
  );
  const examples = await evaluatedExamples(model, test, heldOut, {
    data: { examples: listed },
    backbone,
    most: maxReported,
  });
  const evaluator = classification.evaluator(names);
  for (const { values, label } of examples) evaluator.add({ values, shape: [1, names.length] }, [label as number]);
  return {
    title: `${backbone.name}: ${names.length} digits`,
    objective: classification,
    noun: backbone.modality.noun,
    names,
    phases,
    evaluation: evaluator.result(),
    examples,
    trainingLabels: trained.map((index) => listed[index]!.label),
    warnings: [],
    quarantined: [],
    facts: [
      ['network', `${backbone.name}, cut at ${backbone.cut}: ${counted(backbone.features, 'feature')}`],
      ['images', `${plan.perClass * names.length} for training, ${heldOut.length} held out`],
      ['seed', String(seed)],
    ],
    reproduce: `npm start -- --seeds ${seed}`,
    date: new Date(),
    seconds: seconds['full fine-tuning'],
  };
}

interface Row {
  readonly name: RowName;
  readonly mean: number;
  /** Sample standard deviation (n − 1). */
  readonly deviation: number;
  readonly seconds: number;
}

function rowOf(name: RowName, outcomes: readonly Outcome[]): Row {
  const { mean: seconds } = meanAndDeviation(outcomes.map((outcome) => outcome.seconds[name]));
  return { name, ...meanAndDeviation(outcomes.map((outcome) => outcome.accuracies[name])), seconds };
}

function report(
  rows: readonly Row[],
  { images, asText, amongDigits }: PrintReading,
  { plan, folder, seeds, seconds: total }: { plan: Plan; folder: string; seeds: number; seconds: number },
): string {
  const spread = (value: number): string => (seeds > 1 ? ` ± ${(100 * value).toFixed(1)}` : '');
  const head = [
    `trained on ${plan.perClass} images per class`,
    `accuracy on ${plan.testImages.toLocaleString('en')} held-out images`,
    'seconds',
  ];
  return `
${textTable(
  head,
  rows.map(({ name, mean, deviation, seconds }) => [name, percent(mean) + spread(deviation), seconds.toFixed(1)]),
)}

PP-OCRv4 is trained on printed text. Without fine-tuning, it recognises ${percent(asText)} of ${images} of these digits, or ${percent(amongDigits)} if
predictions are limited to digits. Fine-tuning adapts it from print to handwriting.

Total time: ${duration(total)}. Written to ${folder}: model.onnx, labels.txt, summary.json, predictions.png, report.html, checkpoint/`;
}
