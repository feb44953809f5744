import { createBackend } from '@graft/graft';
import { saveCheckpoint } from '@graft/train';
import { openDemoData } from '../demo/data.ts';
import { type Plan, plan as wholePlan } from '../demo/plan.ts';
import { type PrintReading, readPrint } from '../demo/read-print.ts';
import { type Outcome, type RowName, rowNames, runSeed } from '../demo/run-seed.ts';
import { exportModel } from '../export-model.ts';
import { openApp, type PluginOptions } from '../open-app.ts';
import { parameterCounts } from '../parameter-counts.ts';
import { predictionSheet } from '../prediction-sheet.ts';
import { duration, meanAndDeviation, percent } from '../quantities.ts';
import { factsOf, writeReport } from '../report/write-report.ts';
import type { Reporter } from '../reporter.ts';
import { RunFolder, type Summary } from '../run-folder.ts';
import { table } from '../table.ts';

export interface DemoOptions extends PluginOptions {
  readonly seeds: readonly number[];
  readonly out?: string;
  readonly backend: string;
  readonly json?: boolean;
}

/** Learns handwritten digits in five ways and compares them on the same test set. */
export async function demo(options: DemoOptions, reporter: Reporter, plan: Plan = wholePlan): Promise<Summary> {
  return RunFolder.fill(options.out, async (run) => {
    const app = await openApp(options);
    try {
      const started = performance.now();
      const backend = await createBackend(app, options.backend);
      reporter.say(
        `10,000 handwritten digits: ${plan.perClass} a class to learn from, ${plan.testImages.toLocaleString('en')} others to judge by`,
      );
      const data = await openDemoData();
      await reporter.breathe();
      const outcomes: Outcome[] = [];
      for (const seed of options.seeds) {
        outcomes.push(await runSeed({ app, backend, data, seed, plan, reporter }));
        if (outcomes.length > 1) outcomes.at(-1)!.model.dispose(); // the first seed's is the one to keep
      }
      const [first] = outcomes as [Outcome];
      await run.write(
        'model.onnx',
        await exportModel(first.model, first.backbone, data.folder.classes, 'classification'),
      );
      await saveCheckpoint(run.storage, 'checkpoint', { model: first.model, state: { seed: options.seeds[0], plan } });
      await run.write('predictions.png', await predictionSheet(first.samples));
      const { model, backbone, test: held, judged, log } = first;
      const { parameters, trainableParameters: trainable } = parameterCounts(model);
      const { page } = await writeReport({
        model,
        backbone,
        folder: data.folder,
        data: data.path,
        held,
        judged,
        most: 500,
        quarantined: [],
        log,
        seconds: first.seconds['full fine-tuning'],
        command: `graft demo --seeds ${options.seeds[0]!}`,
        facts: factsOf({
          backbone,
          data: data.folder,
          task: 'classification',
          learned: plan.perClass * data.folder.classes.length,
          judged: judged.length,
          parameters,
          trainable,
          seed: options.seeds[0]!,
        }),
      });
      await run.write('report.html', page);

      const untrained = await readPrint(app, backend, held);
      const rows = rowNames.map((name) => rowOf(name, outcomes));
      const trainSeconds = first.seconds['full fine-tuning'];
      const summary: Summary = {
        model: first.backbone.name,
        classes: data.folder.classes,
        ...parameterCounts(first.model),
        epochs: plan.head.epochs + plan.full.epochs,
        validationAccuracy: null,
        testAccuracy: rows.find(({ name }) => name === 'full fine-tuning')!.mean,
        trainSeconds,
        imagesPerSecond:
          (plan.perClass * data.folder.classes.length * (plan.head.views + plan.full.epochs)) / trainSeconds,
        frozenTensors: first.frozenTensors,
        frozenTensorsChanged: outcomes.reduce((sum, { frozenTensorsChanged }) => sum + frozenTensorsChanged, 0),
        preprocessing: first.backbone.preprocessing,
        cut: first.backbone.cut,
        seeds: options.seeds,
        rows,
        untrained,
        totalSeconds: (performance.now() - started) / 1000,
      };
      await run.finish(summary);
      console.log(
        options.json
          ? JSON.stringify({ ...summary, folder: run.path })
          : report(rows, untrained, {
              plan,
              run,
              seeds: options.seeds.length,
              seconds: Number(summary['totalSeconds']),
            }),
      );
      return summary;
    } finally {
      await app.dispose();
    }
  });
}

interface Row {
  readonly name: RowName;
  readonly mean: number;
  /** Of a sample, n − 1. */
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
  { plan, run, seeds, seconds: total }: { plan: Plan; run: RunFolder; seeds: number; seconds: number },
): string {
  const spread = (value: number): string => (seeds > 1 ? ` ± ${(100 * value).toFixed(1)}` : '');
  const head = [
    `learned from ${plan.perClass} images a class`,
    `right on ${plan.testImages.toLocaleString('en')} unseen`,
    'seconds',
  ];
  return `
${table(
  head,
  rows.map(({ name, mean, deviation, seconds }) => [name, percent(mean) + spread(deviation), seconds.toFixed(1)]),
)}

PP-OCRv4 reads print: as it came, it is right on ${percent(asText)} of ${images} of these, and on ${percent(amongDigits)} if only digits may be
answered. So this is domain adaptation: print to handwriting.

${duration(total)} in all. Written to ${run.path}: model.onnx, labels.txt, summary.json, predictions.png, report.html, checkpoint/`;
}
