import type { ImageFolder } from '@graft/data/node';
import { scope, softmax, type Tensor } from '@graft/tensor';
import { backendOf, bestOf, prepareBatch } from '@graft/train';
import type { TransferModel } from '@graft/transfer';
import type { ImageLoader } from '../image-loader.ts';

/** A held-back image, and what the model makes of it. */
export interface Judged {
  readonly path: string;
  readonly truth: number;
  readonly answer: number;
  /** Of each class. */
  readonly probabilities: Float32Array;
  /** −log of the true class's probability. */
  readonly loss: number;
  /** What the backbone sees in it. */
  readonly features: Float32Array;
}

/**
 * A model's answers to images that it has not learned from, with the features they rest on.
 * @param indices the loader's samples as numbers in the folder
 * @param most images that are looked at
 */
export async function judge(
  model: TransferModel,
  loader: ImageLoader,
  indices: readonly number[],
  folder: ImageFolder,
  most = 2000,
): Promise<Judged[]> {
  const found: Judged[] = [];
  const backend = backendOf(model);
  const rows = async (x: Tensor): Promise<Float32Array[]> => {
    const values = (await x.array()) as Float32Array;
    const size = x.size / x.shape[0]!;
    return Array.from({ length: x.shape[0]! }, (_, n) => values.slice(n * size, (n + 1) * size));
  };
  for await (const batch of loader.batches(0)) {
    const [features, probabilities] = scope(() => {
      const features = model.backbone.forward(prepareBatch(batch, backend).input);
      return [features, softmax(model.head.forward(features))];
    });
    const [seen, answers] = [await rows(features), await rows(probabilities)];
    features.dispose();
    probabilities.dispose();
    for (const [n, index] of batch.indices.entries()) {
      const { input: path, label } = await folder.get(indices[index]!);
      const own = answers[n]!;
      found.push({
        path,
        truth: label,
        answer: bestOf(own),
        probabilities: own,
        loss: -Math.log(Math.max(own[label]!, 1e-12)),
        features: seen[n]!,
      });
    }
    if (found.length >= most) break;
  }
  return found;
}

/**
 * Images whose label is probably wrong: the model is surer of another class than it usually is where that class is the true one (Northcutt et al. 2021).
 * The surest come first.
 */
export function likelyLabelErrors(
  judged: readonly Judged[],
  classes: number,
): { readonly sample: Judged; readonly suggested: number; readonly confidence: number }[] {
  const usual = Array.from({ length: classes }, (_, k) => {
    const own = judged.filter(({ truth }) => truth === k).map(({ probabilities }) => probabilities[k]!);
    return own.length ? own.reduce((a, b) => a + b) / own.length : Number.POSITIVE_INFINITY;
  });
  return judged
    .flatMap((sample) => {
      const fitting = usual.flatMap((threshold, k) => (sample.probabilities[k]! >= threshold ? [k] : []));
      const suggested = fitting.length
        ? fitting.reduce((a, b) => (sample.probabilities[b]! > sample.probabilities[a]! ? b : a))
        : sample.truth;
      return suggested === sample.truth ? [] : [{ sample, suggested, confidence: sample.probabilities[suggested]! }];
    })
    .sort((a, b) => b.confidence - a.confidence);
}

/** Pairs of images whose features point the same way, the nearest first. @param least cosine from which two count as alike */
export function alike(
  judged: readonly Judged[],
  least = 0.995,
  most = 600,
): { readonly one: Judged; readonly other: Judged; readonly cosine: number }[] {
  const some = judged.slice(0, most);
  const lengths = some.map(({ features }) => Math.hypot(...features) || 1);
  const pairs: { one: Judged; other: Judged; cosine: number }[] = [];
  for (const [i, one] of some.entries())
    for (let j = i + 1; j < some.length; j++) {
      const other = some[j]!;
      let product = 0;
      for (let k = 0; k < one.features.length; k++) product += one.features[k]! * other.features[k]!;
      const cosine = product / (lengths[i]! * lengths[j]!);
      if (cosine >= least) pairs.push({ one, other, cosine });
    }
  return pairs.sort((a, b) => b.cosine - a.cosine);
}

/** Coordinates of each image on the two principal axes of all features, by power iteration. */
export function principalPlane(judged: readonly Judged[]): readonly (readonly [x: number, y: number])[] {
  const size = judged[0]?.features.length ?? 0;
  const mean = new Float64Array(size);
  for (const { features } of judged) features.forEach((value, k) => (mean[k]! += value / judged.length));
  const rows = judged.map(({ features }) => Float64Array.from(features, (value, k) => value - mean[k]!));
  const axes: Float64Array[] = [];
  for (let axis = 0; axis < 2; axis++) {
    let direction = Float64Array.from({ length: size }, (_, k) => Math.sin(k + 1 + axis));
    for (let turn = 0; turn < 50; turn++) {
      for (const other of axes) {
        const shared = dot(direction, other);
        direction = direction.map((value, k) => value - shared * other[k]!);
      }
      const next = new Float64Array(size);
      for (const row of rows) {
        const along = dot(row, direction);
        row.forEach((value, k) => (next[k]! += along * value));
      }
      const length = Math.sqrt(dot(next, next));
      if (length === 0) break;
      direction = next.map((value) => value / length);
    }
    axes.push(direction);
  }
  return rows.map((row) => [dot(row, axes[0]!), dot(row, axes[1]!)]);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

/** Wilson's interval of 95 % around a share. */
export function interval(right: number, all: number): [low: number, high: number] {
  if (!all) return [0, 1];
  const [share, z2] = [right / all, 1.96 ** 2];
  const [middle, spread] = [
    share + z2 / (2 * all),
    1.96 * Math.sqrt((share * (1 - share)) / all + z2 / (4 * all * all)),
  ];
  return [(middle - spread) / (1 + z2 / all), (middle + spread) / (1 + z2 / all)];
}
