import { withMetadata } from '@graft/onnx';
import {
  counted,
  duration,
  interval,
  type Markup,
  markup,
  percent,
  type ReportedRun,
  reportPage,
  reportSection,
} from '@graft/report';
import { evaluate, saveCheckpoint, validationName } from '@graft/train';
import { changedSince } from '@graft/transfer';
import { type Baseline, scoreOf } from './baselines.ts';
import type { CrossValidation } from './cross-validate.ts';
import { foldsText } from './describe-folds.ts';
import { evaluatedExamples } from './evaluated-examples.ts';
import { encodePredictions } from './held-out-predictions.ts';
import { exportModel } from './export-model.ts';
import { modelCard } from './model-card.ts';
import { parameterCounts } from './parameter-counts.ts';
import type { PreparedRun } from './prepared-run.ts';
import { rememberedReading } from './reading-of.ts';
import { runArtifact } from './run-artifact.ts';
import type { RunFiles } from './run-files.ts';
import { fitText, keptEpoch, outcomeOf } from './describe-phases.ts';
import type { TrainedPhase } from './run-phases.ts';
import type { Configured } from './run-options.ts';
import type { RunProgress } from './run-progress.ts';
import type { Summary } from './summary.ts';
import { knownFeaturesFile, type MeasuredRejection, measureRejection } from './unknown-inputs.ts';

/** Additional content of a run's report. */
export interface FinishOptions {
  /** Results of the cross-validation before the run. */
  readonly folds?: CrossValidation | undefined;
  /** Command or code that repeats the run. */
  readonly reproduce?: string | undefined;
}

/** Maximum number of contradictions in a summary. */
const mostContradictions = 200;

/** Fewer held-out examples than this set thresholds for unknown inputs badly. */
const fewKnown = 50;

/** Titles of phases in the report. */
const phaseNames: Readonly<Record<string, string>> = { head: 'new head', all: 'fine-tuning' };

/** Evaluates the trained model and writes the files of a complete run: first the model, then report and model card. */
export async function finishRun(
  prepared: PreparedRun,
  phases: readonly TrainedPhase[],
  files: RunFiles,
  progress: RunProgress,
  { folds, reproduce }: FinishOptions = {},
): Promise<Summary> {
  const {
    app,
    scope,
    options,
    backbone,
    model,
    frozen,
    objective,
    modality,
    metrics,
    data,
    contradictions,
    quarantined,
    trained,
    heldOut,
    tested,
    views,
  } = prepared;
  const { seed, epochs, batch, learningRate, unfreeze } = options;
  const { names } = data;
  const reading = rememberedReading(options);
  const seconds = phases.reduce((sum, phase) => sum + phase.seconds, 0);
  const best = phases.flatMap(({ name, best }) => (best === undefined ? [] : [[name, best] as const]));
  const stopped = phases.flatMap(({ name, stopped: reason }) =>
    reason === undefined ? [] : [[name, reason] as const],
  );
  const [{ fit, baselines = [] }] = phases as readonly [TrainedPhase];
  const kept = phases.findLast(({ discarded }) => !discarded)!;
  const frozenTensorsChanged = (await changedSince(model, frozen)).length;
  const validation = prepared.validation && (await evaluate(model, prepared.validation, { metrics }));
  const test = tested.length ? await evaluate(model, prepared.loaderOf(tested), { metrics }) : undefined;
  await progress.breathe();
  warnOfDiscarded(prepared, phases, progress);
  const exported = await exportModel(scope, model, backbone, { names, objective, modality });
  const rejection = options.reject === undefined ? undefined : await rejectionOf(prepared, exported, progress);
  await files.writeCompanions({
    ...backbone.feed.companions,
    ...(rejection && { [knownFeaturesFile]: rejection.features }),
  });
  const metadata = rejection && { rejection: JSON.stringify(rejection.summary) };
  await files.write('model.onnx', metadata ? withMetadata(exported, metadata) : exported);
  await saveCheckpoint(files.storage, 'checkpoint', { model, state: { seed, epochs } });

  const { parameters, trainableParameters: trainable } = parameterCounts(model);
  const date = new Date();
  const examples = prepared.validation
    ? await evaluatedExamples(model, prepared.validation, heldOut, { data, backbone })
    : [];
  const evaluator = objective.evaluator(names);
  for (const { values, label } of examples)
    evaluator.add({ values, shape: [1, values.length] }, typeof label === 'number' ? [label] : label);
  const foldScores = folds && foldsText(folds, objective);
  const evaluation = examples.length ? evaluator.result() : undefined;
  const perSecond = (trained.length * (views + (unfreeze === 0 ? 0 : epochs))) / seconds;
  const reported: ReportedRun = {
    title: `${lastPart(backbone.name)}: ${objective.exclusive ? `${names.length} ${objective.noun[1]}` : names.join(', ')}`,
    objective,
    noun: modality.noun,
    names,
    phases: phases
      .filter((phase) => !phase.fit)
      .map(({ name, log, best }) => ({
        name: phaseNames[name] ?? name,
        log,
        ...(best !== undefined && { best }),
      })),
    outcome: outcomeOf(prepared, phases),
    ...(baselines.length > 0 && {
      baselines: comparedRows(
        objective,
        [
          ...baselines,
          {
            name: 'this model',
            ...scoreOf(
              objective,
              names,
              examples.map(({ values }) => values),
              examples.map(({ label }) => label),
            ),
          },
        ],
        examples.length,
      ),
    }),
    ...(fit && { path: fit.path, strength: fit.strength }),
    ...(evaluation && { evaluation }),
    examples,
    trainingLabels: trained.map((index) => data.examples[index]!.label),
    chosen: data.examples.some(({ part }) => part === 'validation'),
    ...(test && { test: testText(test, tested.length, prepared) }),
    ...(contradictions.count && { contradictions }),
    ...(rejection && { rejection: rejection.reported }),
    warnings: progress.warnings.map(({ message }) => message),
    quarantined,
    facts: [
      ['network', `${backbone.name}, cut at ${backbone.cut}: ${counted(backbone.features, 'feature')}`],
      ['network licence', backbone.licence ?? 'unknown: the model has no card'],
      [objective.noun[1], names.join(', ')],
      [
        modality.noun[1],
        `${trained.length} for training, ${heldOut.length || 'none'} held out, ${tested.length ? `${tested.length} for the test, ` : ''}${data.ignored.length} other files ignored`,
      ],
      ...(test ? [['test', testText(test, tested.length, prepared)] as const] : []),
      ['preprocessing', JSON.stringify(backbone.feed.preprocessing)],
      ['trained parameters', `${trainable.toLocaleString('en')} of ${parameters.toLocaleString('en')}`],
      ['date', date.toISOString().slice(0, 16).replace('T', ' ')],
      ['training time', `${duration(seconds)}, ${perSecond.toFixed(0)} ${modality.noun[1]}/s`],
      ...(fit ? [['head', fitText(fit, modality.noun)] as const] : []),
      ...(fit && unfreeze === 0
        ? []
        : [
            [
              'learning rate',
              unfreeze === 0
                ? String(learningRate)
                : `${fit ? '' : `${learningRate} for the head, `}${learningRate / 10} for the backbone`,
            ] as const,
            ['epochs, batch size', `${epochs}, ${batch}`] as const,
          ]),
      ['seed', String(seed)],
      ...(foldScores === undefined ? [] : [['cross-validation', foldScores] as const]),
    ],
    ...(reproduce !== undefined && { reproduce }),
    date,
    seconds,
  };
  await progress.breathe();
  await attempt(progress, 'report.html', async () => {
    const { html, problems } = await (evaluation
      ? reportPage(reported, objective.headline({ ...reported, evaluation }), [
          ...app.all(reportSection),
          ...objective.sections,
        ])
      : reportPage(reported, withoutScores(reported, foldScores), app.all(reportSection)));
    for (const problem of problems) progress.warn(problem, 'report');
    await files.write('report.html', html);
  });
  await attempt(progress, 'model-card.md', () =>
    files.write(
      'model-card.md',
      modelCard({ run: reported, objective, backbone, parameters, trainable, folds: foldScores }),
    ),
  );
  if (examples.length)
    await attempt(progress, 'predictions.json', () =>
      files.write(
        'predictions.json',
        encodePredictions(examples.map((one, place) => ({ ...one, digest: prepared.digests.get(heldOut[place]!) }))),
      ),
    );
  for (const artifact of app.all(runArtifact))
    await attempt(progress, artifact.name, async () => {
      const content = await artifact.write({ run: reported, objective }, scope);
      if (content !== undefined) await files.write(artifact.name, content);
    });
  return files.finish({
    model: backbone.name,
    task: objective.name,
    modality: modality.name,
    ...optionsIn('taskOptions', options.task),
    ...optionsIn('modalityOptions', options.modality),
    classes: names,
    ...(options.targets && { targets: options.targets }),
    ...(reading && { reading }),
    parameters,
    trainableParameters: trainable,
    epochs,
    ...(validation && { validation }),
    ...(test && { test, testImages: tested.length }),
    ...(best.length && { best: Object.fromEntries(best) }),
    ...(stopped.length && { stopped: Object.fromEntries(stopped) }),
    outcome: outcomeOf(prepared, phases),
    kept: kept.name,
    solver: fit ? 'lbfgs' : 'epochs',
    ...(fit && { headFit: fit }),
    ...(baselines.length && { baselines }),
    ...(folds && { folds }),
    ...(contradictions.count && {
      contradictions: { ...contradictions, pairs: contradictions.pairs.slice(0, mostContradictions) },
    }),
    ...(rejection && { rejection: rejection.summary }),
    validationAccuracy: validation?.['accuracy'] ?? null,
    testAccuracy: test?.['accuracy'] ?? null,
    trainSeconds: seconds,
    imagesPerSecond: perSecond,
    frozenTensors: frozen.size,
    frozenTensorsChanged,
    preprocessing: backbone.feed.preprocessing,
    cut: backbone.cut,
    seed,
    unfreeze,
    views,
    learningRate,
    batch,
    trainImages: trained.length,
    validationImages: heldOut.length,
    ignoredFiles: data.ignored,
    quarantined: quarantined.map(({ place, reason }) => ({ path: place, reason })),
    ...(prepared.record.plugins.length && { plugins: prepared.record.plugins }),
    ...(progress.warnings.length && { warnings: progress.warnings }),
    date: date.toISOString(),
    log: phases.flatMap(({ log }) => log),
  });
}

/** Rows of the comparison with simple methods. */
const comparedRows = (
  objective: PreparedRun['objective'],
  rows: readonly Baseline[],
  samples: number,
): NonNullable<ReportedRun['baselines']> =>
  rows.map(({ name, score, loss }) => {
    const [low, high] = interval(Math.round(score * samples), samples);
    return {
      name,
      score: objective.show(objective.score, score),
      interval: objective.exclusive ? `${percent(low)} to ${percent(high)}` : '–',
      loss: loss.toFixed(3),
    };
  });
/** The headline of a run without held-out examples. */
const withoutScores = ({ noun: [, many], seconds, test }: ReportedRun, folds: string | undefined): Markup =>
  markup`<strong>No held-out ${many}</strong>, ${test === undefined ? 'so this model has no score of its own' : `but ${test}`} <span>(${folds === undefined ? '' : `${folds}; `}${duration(seconds)} of training)</span>`;

/** Scores on the test examples as a clause: `accuracy 93.1 % on 120 test images`. */
function testText(
  scores: Readonly<Record<string, number>>,
  count: number,
  { objective: { titles, show }, modality: { noun } }: Pick<PreparedRun, 'objective' | 'modality'>,
): string {
  const list = Object.entries(scores).map(([name, value]) => `${titles[name] ?? name} ${show(name, value)}`);
  return `${list.join(', ')} on ${count} test ${noun[count === 1 ? 0 : 1]}`;
}

/** The options in a configuration, as an object with this key; empty if it is only a name. */
function optionsIn(key: string, config: Configured | undefined): Readonly<Record<string, object>> {
  if (config === undefined || typeof config === 'string') return {};
  const { name: _, ...given } = config;
  return Object.keys(given).length ? { [key]: given } : {};
}

/** Warns if fine-tuning the backbone did not improve the score, so its weights were discarded. */
function warnOfDiscarded(
  { objective, metrics, score, options }: PreparedRun,
  phases: readonly TrainedPhase[],
  progress: RunProgress,
): void {
  const [before, last] = phases.slice(-2);
  if (!last || !before || (!last.discarded && options.keep !== 'last')) return;
  const [was, is] = [keptEpoch(before), keptEpoch(last)].map((epoch) => epoch?.[validationName(score)]);
  if (was === undefined || is === undefined) return;
  const worse = metrics.find(({ name }) => name === score)?.greaterIsBetter === false ? is > was : is < was;
  const title = objective.titles[score]!;
  const shown = `${objective.show(score, is)}, but ${objective.show(score, was)} with the new head alone`;
  if (last.discarded)
    progress.warn(
      worse || is === was
        ? `Fine-tuning the backbone did not improve the ${title} (${shown}), so the model keeps the frozen backbone. Try a lower learning rate, or more data.`
        : `Fine-tuning the backbone improved the ${title} by no more than noise (${shown}) and did not clearly lower the loss, so the model keeps the frozen backbone. Try a lower learning rate, or more data.`,
      'training',
    );
  else if (worse)
    progress.warn(
      `Fine-tuning the backbone made the ${title} worse: ${shown}. Try a lower learning rate, or leave the backbone frozen.`,
      'training',
    );
}

/** Sets thresholds for unknown inputs; a failure is only a warning. */
async function rejectionOf(
  prepared: PreparedRun,
  exported: Uint8Array,
  progress: RunProgress,
): Promise<MeasuredRejection | undefined> {
  try {
    const measured = await measureRejection(prepared, exported, progress);
    const { known, share } = measured.summary;
    if (known < fewKnown)
      progress.warn(
        `The thresholds for unknown inputs rest on only ${counted(known, `held-out ${prepared.modality.noun[0]}`)}, so the share of known inputs that is refused may be far from ${percent(share)}. Hold out more examples.`,
        'model',
      );
    return measured;
  } catch (error) {
    await progress.breathe(); // throws if the run was stopped, which is not a failure
    progress.warn(`Unknown inputs are not refused: ${(error as Error).message}`, 'model');
    return undefined;
  }
}

/** Writes an optional file; a failure is only a warning. */
async function attempt(progress: RunProgress, file: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await progress.breathe(); // throws if the run was stopped, which is not a failure
    progress.warn(`${file} was not written: ${(error as Error).message}`, 'report');
  }
}

const lastPart = (path: string): string => path.split(/[/\\]/).at(-1)!;
