import { inference, type Loss, Sequential } from '@graft/layers';
import { type AnyBackend, Random, scope, tensor } from '@graft/tensor';
import { type EpochLog, evaluate, type Metric, validationName } from '@graft/train';
import { featureLoader, type Features } from './features.ts';
import {
  doubt,
  type FitLinearOptions,
  fitLinear,
  type LinearData,
  type LinearFit,
  strengths,
  type TriedStrength,
} from './fit-linear.ts';
import { unfreezeLast } from './frozen.ts';
import type { HeadFeatures } from './head-features.ts';
import { linearParts } from './linear-parts.ts';
import { type Link, linkLosses, smoothingCosts } from './link.ts';
import type { TransferModel } from './transfer-model.ts';
import type { ModuleInput } from '@graft/layers';

/** Options of {@link fitHead}. */
export interface FitHeadOptions<Name extends string = string> {
  readonly link: Link;
  readonly backend: AnyBackend;
  /** For the log. */
  readonly loss?: Loss | undefined;
  readonly metrics?: readonly Metric<Name>[];
  /** Weight of each class in the loss; default 1. */
  readonly classWeights?: readonly number[] | undefined;
  /** A stratum for each sample by its index; folds keep their proportions equal. Default: its class. */
  readonly strata?: ArrayLike<number> | undefined;
  readonly seed?: number;
  readonly onStep?: FitLinearOptions['onStep'];
}

/** How a head was fitted. */
export interface HeadFit {
  /** The chosen strength of the L2 penalty. */
  readonly strength: number;
  readonly path: readonly TriedStrength[];
  /** Number of folds of the cross-validation that chose it; 0 if there were too few samples for one. */
  readonly folds: number;
  /** Views of each sample that the head was fitted to: 1 if augmented views made the held-out loss worse. */
  readonly views: number;
  /** The factor that logits were divided by to calibrate held-out probabilities. */
  readonly temperature: number;
}

/** The log of a fitted head, one entry, and how it was fitted. */
export interface FittedHead<Name extends string = string> {
  readonly log: readonly EpochLog<Name>[];
  readonly fit: HeadFit;
}

const usualFolds = 5;
/** Multiplications per evaluation from which one part is held out instead of several folds. */
const muchWork = 5e9;
/** Number of held-out rows from which a temperature is fitted. */
const fewRows = 50;

/**
 * Fits a linear head to convergence with an L2 penalty, whose strength a cross-validation chooses, with or without augmented views, and calibrates its probabilities
 * on the held-out predictions of the cross-validation (temperature scaling, Guo et al. 2017).
 * @param features vectors, or what the head's first layers pool to vectors
 * @throws if the head is not linear
 */
export async function fitHead<Name extends string = never>(
  model: TransferModel<ModuleInput>,
  { training, heldOut, views, plain }: HeadFeatures,
  options: FitHeadOptions<Name>,
): Promise<FittedHead<Name>> {
  const { link, backend, loss, metrics = [], classWeights, seed = 0, onStep } = options;
  const parts = linearParts(model.head);
  if (!parts) throw new Error('fitHead() expects a head with one linear layer. Train this head with trainHead().');
  unfreezeLast(model, 1);
  const { linear, rescaling } = parts;
  const outputs = linear.weight.value.shape[0]!;
  const rows =
    parts.pooling.length && training.shape.length > 1 ? await pooled(training, parts.pooling, backend) : training;
  const count = rows.samples.length / views;
  const labels = rows.samples.map(({ label }) => label);
  const units = rescaling && { scale: await values(rescaling.scale), offset: await values(rescaling.offset) };
  const targets = units ? labels.map((label) => standardised(label as Float32Array, units)) : labels;
  const data = (some: number): LinearData => ({
    inputs: rows.samples.slice(0, some * count).map(({ input }) => input),
    targets: targets.slice(0, some * count),
    outputs,
    ...(classWeights && { weights: labels.slice(0, some * count).map((label) => classWeights[label as number]!) }),
  });
  const folds = foldsOf(rows, { count, outputs, link, views, seed, strata: options.strata });
  const validated = (some: number): LinearData => ({
    ...data(some),
    ...(folds && {
      folds: rows.samples.slice(0, some * count).map(({ index }) => folds.of.get(index)!),
      scored: rows.samples
        .slice(0, some * count)
        .map(({ index }, place) => (!plain || place < count) && folds.scored(index)),
    }),
  });
  const candidates = folds && plain && views > 1 ? [1, views] : [views];
  let best: { fit: LinearFit; data: LinearData; views: number } | undefined;
  for (const some of candidates) {
    const tried = validated(some);
    // The best penalty with augmented views is close to the one without.
    const near = best && strengths.filter((one) => Math.abs(Math.log10(one / best!.fit.strength)) < 1.1);
    const fit = await fitLinear(tried, { link, backend, seed, onStep, strengths: near });
    if (!best || heldOutLoss(fit) < heldOutLoss(best.fit)) best = { fit, data: tried, views: some };
  }
  const { fit } = best!;
  const temperature = link === 'identity' ? 1 : temperatureOf(fit, best!.data, link);
  for (const [parameter, fitted] of [
    [linear.weight, fit.weight],
    [linear.bias!, fit.bias],
  ] as const)
    parameter.take(
      tensor(
        fitted.map((value) => value / temperature),
        { shape: parameter.value.shape, backend },
      ),
    );
  const head = rows === training ? model.head : new Sequential(linear, ...(rescaling ? [rescaling] : []));
  const first = { ...rows, samples: rows.samples.slice(0, count) };
  const scored = { ...(loss && { loss }), metrics };
  const row: Record<string, number> = {
    epoch: 1,
    ...(await evaluate(head, featureLoader(first, { batchSize: 256, shuffle: false }), scored)),
  };
  if (heldOut?.samples.length)
    for (const [name, value] of Object.entries(
      await evaluate(model.head, featureLoader(heldOut, { batchSize: 256, shuffle: false }), scored),
    ))
      row[validationName(name)] = value;
  return {
    log: [row as EpochLog<Name>],
    fit: {
      strength: fit.strength,
      path: fit.path,
      folds: folds?.count ?? 0,
      views: best!.views,
      temperature,
    },
  };
}

const heldOutLoss = ({ path, strength }: LinearFit): number =>
  path.find((one) => one.strength === strength)!.heldOutLoss;

const values = async (parameter: { readonly value: { array(): Promise<unknown> } }): Promise<Float32Array> =>
  (await parameter.value.array()) as Float32Array;

const standardised = (
  target: Float32Array,
  { scale, offset }: { scale: Float32Array; offset: Float32Array },
): Float32Array => target.map((value, k) => (value - offset[k]!) / scale[k]!);

interface Folds {
  readonly count: number;
  readonly of: ReadonlyMap<number, number>;
  /** Whether a sample is scored when it is held out: its class has other samples. */
  scored(index: number): boolean;
}

/** Assigns samples to folds with equal proportions of each class or stratum; undefined if no class has two samples. All views of a sample are in one fold. */
function foldsOf(
  { samples, size }: Features,
  {
    count,
    outputs,
    link,
    views,
    seed,
    strata,
  }: {
    readonly count: number;
    readonly outputs: number;
    readonly link: Link;
    readonly views: number;
    readonly seed: number;
    readonly strata: ArrayLike<number> | undefined;
  },
): Folds | undefined {
  const own = samples.slice(0, count).sort((a, b) => a.index - b.index); // of the first view, in the data's order
  const stratum = new Map(
    own.map(({ index, label }) => [index, link === 'softmax' ? (label as number) : (strata?.[index] ?? 0)]),
  );
  const sizes = new Map<number, number>();
  for (const one of stratum.values()) sizes.set(one, (sizes.get(one) ?? 0) + 1);
  const scored = (index: number): boolean => link !== 'softmax' || sizes.get(stratum.get(index)!)! > 1;
  if (count < 4 || !own.some(({ index }) => scored(index))) return undefined;
  const folds = Math.min(usualFolds, count);
  const order = own.map(({ index }) => index);
  new Random(seed).fork('folds').shuffle(order);
  order.sort((a, b) => stratum.get(a)! - stratum.get(b)!);
  const isMuch = count * views * size * outputs * (folds + 1) > muchWork;
  return {
    count: isMuch ? 1 : folds,
    // Of one part, the other folds are never held out.
    of: new Map(order.map((index, place) => [index, isMuch && place % folds ? -1 : place % folds])),
    scored,
  };
}

/** The factor that minimises the loss of held-out outputs divided by it, between ⅓ and 3; 1 if there are few. */
function temperatureOf(
  { heldOutOutputs }: LinearFit,
  { targets, outputs, weights, scored, folds }: LinearData,
  link: Link,
): number {
  if (!heldOutOutputs) return 1;
  const rows = targets.flatMap((_, i) => ((scored?.[i] ?? true) && folds![i]! >= 0 ? [i] : []));
  if (rows.length < fewRows) return 1;
  const smoothing = doubt(rows.length);
  const scaled = new Float64Array(outputs);
  const slope = new Float64Array(outputs);
  const lossAt = (logT: number): number => {
    const factor = Math.exp(-logT);
    let loss = 0;
    for (const i of rows) {
      for (let k = 0; k < outputs; k++) scaled[k] = heldOutOutputs[i * outputs + k]! * factor;
      const target = targets[i]!;
      const list = typeof target === 'number' ? [target] : target;
      const own = linkLosses[link](scaled, 0, outputs, list, slope);
      loss += (weights?.[i] ?? 1) * (own + smoothingCosts[link](scaled, outputs, list, smoothing));
    }
    return loss;
  };
  let [low, high] = [-Math.log(3), Math.log(3)];
  for (let i = 0; i < 40; i++) {
    const [a, b] = [low + (high - low) * 0.382, low + (high - low) * 0.618];
    if (lossAt(a) < lossAt(b)) high = b;
    else low = a;
  }
  return Math.exp((low + high) / 2);
}

/** Applies the pooling layers of a head to features. */
async function pooled(
  features: Features,
  layers: readonly Sequential['layers'][number][],
  backend: AnyBackend,
): Promise<Features> {
  const module = new Sequential(...layers);
  const { samples, shape } = features;
  const found: Features['samples'][number][] = [];
  const batch = 256;
  for (let from = 0; from < samples.length; from += batch) {
    const some = samples.slice(from, from + batch);
    const joined = new Float32Array(some.length * features.size);
    for (const [i, { input }] of some.entries()) joined.set(input, i * features.size);
    const output = scope(() =>
      module.forward(tensor(joined, { shape: [some.length, ...shape], backend }) as never, inference),
    );
    const all = (await output.array()) as Float32Array;
    const size = all.length / some.length;
    output.dispose();
    for (const [i, sample] of some.entries()) found.push({ ...sample, input: all.slice(i * size, (i + 1) * size) });
  }
  const size = found[0]?.input.length ?? 0;
  return { samples: found, shape: [size], size };
}
