import { type AnyBatch, stratifiedSample } from '@graft/data';
import { decodeSafetensors, encodeSafetensors } from '@graft/layers';
import { importOnnx, type OnnxFile, onnxOperator, readModel } from '@graft/onnx';
import { asGraftError, type Context, GraftError } from '@graft/plugin';
import type { ReportedRejection, ScoredUnknowns } from '@graft/report';
import type { Objective } from '@graft/tasks';
import { type AnyBackend, scope as freeing, type Tensor } from '@graft/tensor';
import { prepareBatch, rocAuc } from '@graft/train';
import { isRejected, NeighbourDistance, type RejectionScore, rejectionThresholds } from '@graft/transfer';
import type { Module } from '@graft/layers';
import { forAnyBatch } from './any-batch.ts';
import { expectNumbers } from './expect-numbers.ts';
import { FeatureModel } from './feature-model.ts';
import { loaderOf } from './labelled-loader.ts';
import type { PreparedRun } from './prepared-run.ts';
import type { RunProgress } from './run-progress.ts';

/** The companion file of a run with the features of known examples. */
export const knownFeaturesFile = 'known-features.safetensors';
/** Maximum number of known examples, and of numbers, in the file. */
const [mostKnown, mostNumbers] = [1000, 4e6];

/** How a run recognises unknown inputs, in its summary and, as JSON under `rejection`, in the metadata of its model. */
export interface RejectionSummary {
  /** The fraction of known examples that may be refused. */
  readonly share: number;
  /** Inputs with a lower confidence are refused. */
  readonly confidence: number;
  /** Inputs at a greater distance are refused. */
  readonly distance: number;
  /** The distance is that to this neighbour among the known features. */
  readonly neighbours: number;
  /** Number of held-out examples, and of those that are refused. */
  readonly known: number;
  readonly knownRefused: number;
  /** The fraction of test examples that are refused, if there are any. */
  readonly testRefused?: number;
  /** Results on unknown examples, if there were any: how many, the fraction that is refused, and the area under the ROC curve of each score. */
  readonly unknown?: {
    readonly examples: number;
    readonly refused: number;
    readonly aurocConfidence: number;
    readonly aurocDistance: number;
  };
}

/** Thresholds for unknown inputs, measured on held-out examples. */
export interface MeasuredRejection {
  readonly summary: RejectionSummary;
  readonly reported: ReportedRejection;
  /** The contents of {@link knownFeaturesFile}. */
  readonly features: Uint8Array;
}

/** Sets thresholds for unknown inputs on a run's held-out examples, and measures them on its unknown and test examples. @param bytes the exported model @throws if the model does not end in a linear layer */
export async function measureRejection(
  {
    scope,
    backend,
    objective,
    options,
    data,
    trained,
    heldOut,
    tested,
    unknown,
    backbone,
    loaderOf: loader,
  }: PreparedRun,
  bytes: Uint8Array,
  progress: RunProgress,
): Promise<MeasuredRejection> {
  const { reject: share = 0, seed } = options;
  const file = readModel({ name: 'the trained model', model: bytes });
  const operators = scope.all(onnxOperator);
  const model = await FeatureModel.open(file, { operators, backend });
  const whole = await forAnyBatch(importOnnx(file, { operators })).to(backend);
  try {
    const featuresOf = async (part: readonly number[]): Promise<Float32Array[]> => {
      const found: Float32Array[] = [];
      for await (const batch of loader(part)) found.push(...(await model.features(batch)));
      return found;
    };
    const [{ length: width }] = (await featuresOf(trained.slice(0, 1))) as [Float32Array];
    const labels = trained.map((index) => data.examples[index]!.label);
    const count = Math.max(1, Math.min(mostKnown, Math.floor(mostNumbers / width)));
    const sample = stratifiedSample(objective.strata(labels, 2), { count, seed });
    const known = await featuresOf(sample.map((place) => trained[place]!));
    const neighbours = new NeighbourDistance(known);
    const scoresOf = async (batches: AsyncIterable<AnyBatch>): Promise<RejectionScore[]> => {
      const scores: RejectionScore[] = [];
      for await (const batch of batches) {
        await progress.breathe();
        const confidences = await confidencesOf(whole, batch, { backend, objective, outputs: data.names.length });
        for (const [place, features] of (await model.features(batch)).entries())
          scores.push({ confidence: confidences[place]!, distance: neighbours.of(features) });
      }
      return scores;
    };
    const held = await scoresOf(loader(heldOut));
    const thresholds = rejectionThresholds(held, share);
    const refusedOf = (scores: readonly RejectionScore[]): number =>
      scores.filter((one) => isRejected(one, thresholds)).length;
    const strangers = unknown?.length ? await scoresOf(loaderOf(unknown, backbone.feed)) : [];
    const test = tested.length ? await scoresOf(loader(tested)) : [];
    const measured = strangers.length ? measuredOn(held, strangers, refusedOf(strangers)) : undefined;
    const summary: RejectionSummary = {
      share,
      ...thresholds,
      neighbours: neighbours.neighbours,
      known: held.length,
      knownRefused: refusedOf(held),
      ...(test.length && { testRefused: refusedOf(test) / test.length }),
      ...(measured && { unknown: measured }),
    };
    const data32 = new Float32Array(known.length * width);
    for (const [i, one] of known.entries()) data32.set(one, i * width);
    const features = encodeSafetensors(
      new Map([['features', { dtype: 'float32' as const, shape: [known.length, width], data: data32 }]]),
    );
    const reported: ReportedRejection = {
      share,
      ...thresholds,
      known: held,
      knownRefused: summary.knownRefused,
      ...(summary.testRefused !== undefined && { testRefused: summary.testRefused }),
      ...(measured && { unknown: { scores: strangers, ...measured } satisfies ScoredUnknowns }),
    };
    return { summary, reported, features };
  } finally {
    model.dispose();
    whole.dispose();
  }
}

function measuredOn(
  known: readonly RejectionScore[],
  unknown: readonly RejectionScore[],
  refused: number,
): NonNullable<RejectionSummary['unknown']> {
  const area = (measure: (score: RejectionScore) => number): number => {
    const running = rocAuc().start();
    for (const [target, scores] of [known, unknown].entries())
      for (const score of scores) running.add({ values: Float32Array.of(measure(score)), shape: [1, 1] }, [target]);
    return running.result();
  };
  return {
    examples: unknown.length,
    refused: refused / unknown.length,
    aurocConfidence: area(({ confidence }) => -confidence),
    aurocDistance: area(({ distance }) => distance),
  };
}

/** The greatest activated output of each example of a batch. */
async function confidencesOf(
  model: Module,
  batch: AnyBatch,
  {
    backend,
    objective,
    outputs,
  }: { readonly backend: AnyBackend; readonly objective: Objective; readonly outputs: number },
): Promise<number[]> {
  const activated = freeing(() => objective.activate(model.forward(prepareBatch(batch, backend).input as Tensor)));
  const values = (await activated.array()) as Float32Array;
  activated.dispose();
  expectNumbers(values, outputs, (index) => `example ${batch.indices[index]!}`);
  return batch.indices.map((_, n) => Math.max(...values.subarray(n * outputs, (n + 1) * outputs)));
}

/** Tells unknown inputs from known ones, as a finished run does. */
export interface UnknownDetector {
  /** Scores the only example of a batch. @param values its activated outputs */
  scoreOf(batch: AnyBatch, values: readonly number[]): Promise<RejectionScore>;
  isUnknown(score: RejectionScore): boolean;
  dispose(): void;
}

/** Opens what a run with the option `reject` stored. @param stored the contents of {@link knownFeaturesFile} @throws if the file is damaged or does not belong to the model */
export async function unknownDetector(
  context: Pick<Context, 'all'>,
  file: OnnxFile,
  { confidence, distance, neighbours }: RejectionSummary,
  { stored, backend, place }: { readonly stored: Uint8Array; readonly backend: AnyBackend; readonly place: string },
): Promise<UnknownDetector> {
  const known = readKnown(stored, neighbours, place);
  const model = await FeatureModel.open(file, { operators: context.all(onnxOperator), backend });
  return {
    async scoreOf(batch, values) {
      const [features] = await model.features(batch);
      return { confidence: Math.max(...values), distance: known.of(features!) };
    },
    isUnknown: (score) => isRejected(score, { confidence, distance }),
    dispose: () => model.dispose(),
  };
}

function readKnown(stored: Uint8Array, neighbours: number, place: string): NeighbourDistance {
  const at = `${place}/${knownFeaturesFile}`;
  try {
    const { data, shape } = decodeSafetensors(stored).tensors.get('features') ?? {
      data: new Float32Array(),
      shape: [],
    };
    const [count = 0, width = 0] = shape;
    if (shape.length !== 2 || !(data instanceof Float32Array) || !data.every(Number.isFinite))
      throw new Error('it has no table of numbers called "features"');
    return new NeighbourDistance(
      Array.from({ length: count }, (_, n) => data.slice(n * width, (n + 1) * width)),
      { neighbours },
    );
  } catch (error) {
    throw asGraftError(
      new GraftError(`"${at}" is damaged: ${(error as Error).message}. Copy the run again, or train again.`, {
        code: 'run.damaged',
        place: at,
        cause: error,
      }),
      'run.damaged',
    );
  }
}
