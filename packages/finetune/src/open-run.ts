import { type AnyBatch, isNamed, type ReadingOptions } from '@graft/data';
import type { Module } from '@graft/layers';
import {
  type CalibrationBatch,
  importOnnx,
  type OnnxFile,
  onnxOperator,
  quantizeOnnx,
  readModel,
  usesHalves,
  widenOnnx,
  withMetadata,
} from '@graft/onnx';
import { asGraftError, GraftError } from '@graft/plugin';
import type { Evaluation } from '@graft/report';
import type { Storage } from '@graft/storage';
import {
  type Feed,
  type Modality,
  type Network,
  type Objective,
  objective as objectivePoint,
  type Prediction,
} from '@graft/tasks';
import { type AnyBackend, Random, scope as freeing, type Tensor } from '@graft/tensor';
import { prepareBatch } from '@graft/train';
import type { RejectionScore } from '@graft/transfer';
import { fixedBatchOf, forAnyBatch } from './any-batch.ts';
import { calibrationData } from './calibration-data.ts';
import { modalitiesOf } from './configured.ts';
import { expectIntactWeights, expectNumbers } from './expect-numbers.ts';
import { type LabelledData, type LabelledLoader, labelledLoader, loaderOf } from './labelled-loader.ts';
import { namedByFile } from './named-by-file.ts';
import { RunFiles } from './run-files.ts';
import { runObjective } from './run-objective.ts';
import type { StoredSummary } from './summary.ts';
import { knownFeaturesFile, type UnknownDetector, unknownDetector } from './unknown-inputs.ts';
import { missingPlugins } from './wanted-plugins.ts';
import { warnOfData } from './warn-of-data.ts';
import { Work, type WorkContext } from './work.ts';

/** Options of {@link openRun}. */
export interface OpenRunContext extends WorkContext {
  /** Name of the backend to compute on. Default: the backend service if there is one, otherwise `wasm`. */
  readonly backend?: string;
}

/** Options of {@link OpenedRun.predict}. */
export interface PredictOptions {
  /** Number of alternatives to return; default 3. */
  readonly top?: number;
  /** Number of views to average each prediction over: the unchanged input, then augmented ones; default 1. */
  readonly views?: number;
}

/** The prediction for one input, or the reason why it cannot be read. */
export interface RunPrediction extends Partial<Prediction> {
  /** The activated outputs, in the order of the run's `names`. */
  readonly values?: readonly number[];
  /** Whether the input is refused as unknown, and the scores that decide it, if the run was trained with the option `reject`. */
  readonly unknown?: boolean;
  readonly score?: RejectionScore;
  readonly error?: string;
}

/** Scores of a run on labelled data. */
export interface RunEvaluation extends Evaluation {
  /** Examples that cannot be read, with the reason. */
  readonly quarantined: readonly { readonly path?: string; readonly reason: string }[];
}

/** A quantized model with its scores. Its metadata has the scores, too, as JSON under `quantization`. */
export interface QuantizedModel {
  readonly bytes: Uint8Array;
  /** Scores of the float model. */
  readonly before: Evaluation;
  /** Scores of the quantized model on the same examples. */
  readonly after: Evaluation;
  /** Number of examples that the ranges of activations were measured on. */
  readonly calibrated: number;
  /** Which examples were evaluated: those that the run held out for validation or a test, or other ones. */
  readonly evaluatedOn: 'held-out' | 'test' | 'other';
}

/** A finished run: its model with everything needed to use it. */
export interface OpenedRun {
  readonly summary: StoredSummary;
  readonly objective: Objective;
  readonly modality: Modality;
  /** The class, label or column of each output. */
  readonly names: readonly string[];
  /** The fine-tuned model as a parsed ONNX file. */
  readonly file: OnnxFile;
  /** The bytes of `model.onnx`. @param options `float32`: a model with 16-bit floats as one with float32, for runtimes without those */
  export(options?: { readonly float32?: boolean }): Uint8Array;
  /** The report as an HTML page. @throws if the run has none */
  report(): Promise<string>;
  /** Predicts inputs: paths, bytes, Blobs, canvases, texts. An input that cannot be read yields an `error`. */
  predict(inputs: Iterable<unknown> | AsyncIterable<unknown>, options?: PredictOptions): Promise<RunPrediction[]>;
  /** Evaluates the model on labelled data. @throws if the data has a class that the run does not know, or other kinds of labels */
  evaluate(data: unknown, reading?: ReadingOptions): Promise<RunEvaluation>;
  /**
   * Quantizes the model to 8-bit integers: calibrates on a sample of the training examples, stratified by class, and evaluates on held-out examples.
   * @param data labelled data; default: the data of the run
   * @throws if the run's data is needed and has moved or changed
   */
  quantize(data?: unknown, reading?: ReadingOptions): Promise<QuantizedModel>;
  /** Frees the models, and the backend if it was created for this run. */
  dispose(): Promise<void>;
}

/**
 * Opens a finished run from its storage.
 * @throws {@link GraftError} if it is not finished, or its files are damaged or do not belong together
 */
export async function openRun(storage: Storage, context: OpenRunContext): Promise<OpenedRun> {
  const work = new Work(context);
  try {
    return await opened(new RunFiles(storage), work, context.backend);
  } catch (error) {
    await work.dispose();
    throw asGraftError(error, 'run.open', storage.location);
  }
}

async function opened(files: RunFiles, work: Work, named: string | undefined): Promise<OpenedRun> {
  const { app, scope, progress } = work;
  const summary = await files.summary();
  const at = `${files.location}/model.onnx`;
  const damaged = (message: string): GraftError => new GraftError(message, { code: 'run.damaged', place: at });
  const [objective, modality] = await namedByFile(`${files.location}/summary.json`, () => {
    const config = { ...summary.modalityOptions, name: summary.modality ?? 'image' };
    return [runObjective(scope, summary), modalitiesOf(scope, { modality: config })[0]!] as const;
  });
  const names = summary.classes;
  const bytes = await files.model(summary);
  const file = readModel({ name: at, model: bytes });
  const mismatched = (what: string): GraftError =>
    damaged(
      `"${at}" ${what}, but summary.json lists ${names.length} ${objective.noun[1]}. The folder's files do not belong together; copy the run again.`,
    );
  const labels = file.metadata.get('labels');
  if (labels !== undefined && labels !== JSON.stringify(names))
    throw mismatched(`was trained on other ${objective.noun[1]}`);
  const task = file.metadata.get('task');
  if (task !== undefined && task !== objective.name && scope.all(objectivePoint).some(({ name }) => name === task))
    throw damaged(
      `"${at}" was trained for the task ${task}, but summary.json has the task ${objective.name}. The folder's files do not belong together; copy the run again.`,
    );
  const network: Network = { card: undefined, file, companion: (name) => files.companion(summary, name) };
  const feed = await restored(modality, summary, network, objective, `${files.location}/summary.json`);

  const models = new Map<OnnxFile, Promise<Module>>();
  const backend = (): Promise<AnyBackend> => work.backend(named);
  const modelOf = (of: OnnxFile): Promise<Module> => {
    // Most plugins add nothing that the exported model needs, so a missing one is only a warning.
    const missing = models.size ? undefined : missingPlugins(app, summary.plugins ?? []);
    if (missing) progress.warn(missing, 'plugins');
    if (!models.has(of))
      models.set(
        of,
        (async () => {
          const model = importOnnx(of, { operators: scope.all(onnxOperator) });
          await expectIntactWeights(model);
          return forAnyBatch(model).to(await backend());
        })(),
      );
    return models.get(of)!;
  };
  /** The model's outputs for a batch. @throws if there is not one output per name */
  const outputsOf = async (of: OnnxFile, batch: AnyBatch): Promise<Tensor> => {
    const [model, on] = [await modelOf(of), await backend()];
    const outputs = freeing(() => model.forward(prepareBatch(batch, on).input as Tensor));
    if (outputs.shape.length === 2 && outputs.shape[1] === names.length) return outputs;
    throw mismatched(`has outputs of shape [${outputs.shape.join(', ')}]`);
  };
  const told = new Set<string>(); // data is opened several times
  /** @param about what the message is about: decoders may describe one broken file in two ways */
  const warnOnce = (message: string, source: string, about = message): void => {
    if (!told.has(about)) progress.warn(message, source);
    told.add(about);
  };
  let opening: Promise<UnknownDetector | undefined> | undefined;
  /** Recognises unknown inputs, if the run was trained to. */
  const detector = (): Promise<UnknownDetector | undefined> =>
    (opening ??= (async () => {
      const { rejection } = summary;
      if (!rejection) return undefined;
      const stored = await files.companion(summary, knownFeaturesFile);
      if (!stored)
        throw damaged(
          `The run "${files.location}" refuses unknown inputs, but has no ${knownFeaturesFile}. Copy the run again, or train again.`,
        );
      return unknownDetector(scope, file, rejection, { stored, backend: await backend(), place: files.location });
    })().catch((error: unknown) => {
      throw asGraftError(error, 'run.damaged', files.location);
    }));
  const reading = { summary, objective, modality, feed, names, place: files.location };
  const labelled = async (data: unknown, how?: ReadingOptions): Promise<LabelledData> => {
    const found = await labelledLoader(scope, data, { ...reading, reading: how });
    warnOfData(found, warnOnce);
    return found;
  };
  const warnOfLeftOut = ({ quarantined }: LabelledLoader): void => {
    for (const { path, reason } of quarantined) warnOnce(`left out an example: ${reason}`, 'data', path);
  };
  const evaluateFile = async (of: OnnxFile, loader: LabelledLoader): Promise<Evaluation> => {
    const evaluator = objective.evaluator(names);
    let seen = 0;
    for await (const batch of loader) {
      await progress.breathe();
      const outputs = await outputsOf(of, batch);
      const values = (await outputs.array()) as Float32Array;
      expectNumbers(values, names.length, (index) => `${modality.noun[0]} ${batch.indices[index]!}`);
      evaluator.add({ values, shape: outputs.shape }, batch.labels);
      outputs.dispose();
      seen += batch.indices.length;
      progress.count(`evaluating ${modality.noun[1]}`, seen, loader.length * batch.indices.length);
    }
    warnOfLeftOut(loader);
    if (!seen)
      throw new GraftError(`None of the ${modality.noun[1]} can be read. Check the files.`, { code: 'data.read' });
    return evaluator.result();
  };
  const withErrorCode =
    <Args extends readonly unknown[], T>(code: string, work: (...args: Args) => Promise<T>) =>
    (...args: Args): Promise<T> =>
      work(...args).catch((error: unknown) => {
        throw asGraftError(error, code, files.location);
      });
  return {
    summary,
    objective,
    modality,
    names,
    file,
    export: ({ float32 = false } = {}) => (float32 && usesHalves(file) ? widenedModel(file) : bytes),
    report: withErrorCode('run.open', async () => new TextDecoder().decode(await files.storage.read('report.html'))),
    predict: withErrorCode('run.predict', async (inputs, { top = 3, views = 1 }: PredictOptions = {}) => {
      const predictions: RunPrediction[] = [];
      for await (const value of inputs) {
        await progress.breathe();
        try {
          const { values, score } = await valuesOf(value, views);
          const prediction = objective.predict(values, names, top);
          const unknown = score && (await detector())!.isUnknown(score);
          predictions.push({
            ...(unknown ? refused(prediction) : prediction),
            values,
            ...(score && { unknown: unknown!, score }),
          });
        } catch (error) {
          if (error instanceof GraftError) throw error; // not about this input
          predictions.push({ error: (error as Error).message });
        }
        progress.count(`predicting ${modality.noun[1]}`, predictions.length, predictions.length);
      }
      return predictions;
    }),
    evaluate: withErrorCode('run.evaluate', async (data, how) => {
      const { loader, problems } = await labelled(data, how);
      const evaluation = await evaluateFile(file, loader);
      const rows = problems.map(({ place, reason }) => ({ path: place, reason }));
      return { ...evaluation, quarantined: [...rows, ...loader.quarantined] };
    }),
    quantize: withErrorCode('run.quantize', async (data, how) => {
      const { calibration, evaluation, evaluatedOn } = await calibrationData(scope, data, {
        ...reading,
        reading: how,
        record: await files.record().catch(() => undefined), // runs of earlier versions have none
        onWarning: (message) => warnOnce(message, 'data'),
      });
      let calibrated = 0;
      async function* batches(): AsyncGenerator<CalibrationBatch> {
        const size = fixedBatchOf(file);
        const loader = loaderOf(calibration, feed, size);
        for await (const batch of loader) {
          await progress.breathe();
          if (size !== undefined && batch.indices.length !== size) continue; // the rest, which the model does not take
          yield isNamed(batch)
            ? new Map(Object.entries(batch.inputs))
            : { data: batch.inputs, shape: batch.shape, dtype: 'float32' };
          calibrated += batch.indices.length;
        }
        warnOfLeftOut(loader);
      }
      const wide = usesHalves(file) ? readModel({ name: at, model: widenedModel(file) }) : file;
      const small = await quantizeOnnx(wide, {
        calibration: batches(),
        ...(feed.frozen && { unquantized: feed.frozen }),
        onWarning: (message) => progress.warn(message, 'model'),
        backend: await backend(),
        operators: scope.all(onnxOperator),
      });
      const before = await evaluateFile(file, loaderOf(evaluation, feed));
      const after = await evaluateFile(
        readModel({ name: 'the quantized model', model: small }),
        loaderOf(evaluation, feed),
      );
      const { score } = objective;
      const quantization = {
        bits: 8,
        calibrationExamples: calibrated,
        evaluatedOn,
        examples: after.samples,
        metric: score,
        score: after.score,
        floatScore: before.score,
      };
      const bytes = withMetadata(small, { quantization: JSON.stringify(quantization) });
      return { bytes, before, after, calibrated, evaluatedOn };
    }),
    async dispose() {
      for (const model of await Promise.allSettled(models.values()))
        if (model.status === 'fulfilled') model.value.dispose();
      models.clear();
      (await opening?.catch(() => undefined))?.dispose();
      await work.dispose();
    },
  };

  /** Activated outputs of one input, averaged over views: the unchanged input first, then augmented ones. */
  async function valuesOf(
    value: unknown,
    views: number,
  ): Promise<{ readonly values: number[]; readonly score: RejectionScore | undefined }> {
    const input = modality.inputFrom(value);
    const read = await feed.read(input);
    const random = new Random(0).fork('tta');
    let sums: number[] | undefined;
    let first: AnyBatch | undefined;
    for (let view = 0; view < views; view++) {
      const transform = view === 0 ? feed.evaluation : feed.training;
      const ready = await transform(read, random.fork(view));
      const batch = feed.collate(
        [{ input: ready, label: objective.exclusive ? 0 : new Float32Array(names.length) }],
        [0],
      );
      first ??= batch;
      const outputs = await outputsOf(file, batch);
      const activated = freeing(() => objective.activate(outputs));
      const values = Array.from((await activated.array()) as Float32Array);
      for (const one of new Set([outputs, activated])) one.dispose();
      expectNumbers(values, values.length, () => `"${modality.nameOf(input)}"`);
      sums = sums ? sums.map((sum, k) => sum + values[k]!) : values;
    }
    const values = sums!.map((sum) => sum / views);
    return { values, score: await (await detector())?.scoreOf(first!, values) };
  }
}

/** The prediction of an unknown input. */
const refused = ({ json, row }: Prediction): Prediction => ({
  json: { unknown: true, ...json },
  row: ['unknown', ...row.slice(1)],
  text: 'unknown',
});

/** A model with 16-bit floats as one with float32. Its metadata says so, too. */
function widenedModel(file: OnnxFile): Uint8Array {
  const text = file.metadata.get('preprocessing');
  if (text === undefined) return widenOnnx(file);
  const { dtype, ...preprocessing } = JSON.parse(text) as { dtype?: string };
  const isHalf = dtype === 'float16' || dtype === 'bfloat16';
  return widenOnnx(file, isHalf ? { metadata: { preprocessing: JSON.stringify(preprocessing) } } : {});
}

async function restored(
  modality: Modality,
  summary: StoredSummary,
  network: Network,
  objective: Objective,
  place: string,
): Promise<Feed> {
  try {
    return await modality.restore(summary.preprocessing, network, objective);
  } catch (error) {
    if (error instanceof GraftError) throw error;
    throw new GraftError(`"${place}" ${(error as Error).message}. Give the folder of a finished run.`, {
      code: 'run.damaged',
      place,
      cause: error,
    });
  }
}
