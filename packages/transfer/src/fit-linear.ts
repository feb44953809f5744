import { type AnyBackend, matmul, Random, scope, type Tensor, tensor } from '@graft/tensor';
import { type Evaluated, lbfgs, type Minimum } from './lbfgs.ts';
import { curvatureOf, type Link, linkLosses, smoothingCosts } from './link.ts';
import { principalAxes } from './principal-axes.ts';

/** Rows of features and their targets, for {@link fitLinear}. */
export interface LinearData {
  /** The features of each row: [rows, width]. */
  readonly inputs: readonly Float32Array[];
  /** The class of each row (softmax), or its target values. */
  readonly targets: readonly (number | Float32Array)[];
  /** Number of outputs: classes, labels or target values. */
  readonly outputs: number;
  /** How much each row counts; default 1. */
  readonly weights?: ArrayLike<number> | undefined;
  /** The fold of a cross-validation that holds each row out, from 0; by default the strength is not chosen. */
  readonly folds?: ArrayLike<number> | undefined;
  /** Whether each row is scored when it is held out, such as an example without augmentation; default all. */
  readonly scored?: ArrayLike<boolean> | undefined;
}

/** Options of {@link fitLinear}. */
export interface FitLinearOptions {
  readonly link: Link;
  readonly backend: AnyBackend;
  /** Strengths of the L2 penalty to try, in descending order; default {@link strengths}. */
  readonly strengths?: readonly number[] | undefined;
  /** Whether to stop once weaker penalties only make the held-out loss worse; default true. */
  readonly stopEarly?: boolean;
  readonly seed?: number;
  /** Called after each evaluation and each strength, for example to report progress or to stop by throwing an error. */
  readonly onStep?: ((strength: number, tried: number, count: number) => void | Promise<void>) | undefined;
}

/** A strength of the penalty that was tried. */
export interface TriedStrength {
  /** λ in the objective: the mean loss plus λ/2 times the squared weights, for features whose mean squared norm is 1. */
  readonly strength: number;
  /** Mean loss on all rows. */
  readonly loss: number;
  /** Mean loss on held-out rows, with targets smoothed by {@link doubt}; NaN without folds. */
  readonly heldOutLoss: number;
  /** Iterations, of all folds. */
  readonly iterations: number;
}

/** A fitted linear model: outputs = weight · x + bias. */
export interface LinearFit {
  /** [outputs, width] */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  readonly strength: number;
  readonly path: readonly TriedStrength[];
  /** Outputs for each scored row of the model that did not see it: [rows, outputs]; undefined without folds. NaN in rows that are not scored. */
  readonly heldOutOutputs: Float32Array | undefined;
}

/** Default strengths: half decades from 1 to 10⁻⁸. */
export const strengths: readonly number[] = Array.from({ length: 17 }, (_, i) => 10 ** (-i / 2));
/** The strength without a cross-validation. */
const usualStrength = 1e-3;
/** Number of weaker penalties without an improvement before the path ends. */
const patience = 2;
const mostAxes = 128;
/** Below a loss of 0.1, differences are relative to that: smaller ones do not change predictions. */
const tolerance = (loss: number): number => 2e-6 * Math.max(loss, 0.1);

/**
 * The share of held-out targets that is spread over all classes before penalties and temperatures are compared. Even if all of n held-out predictions were right, the next one is
 * wrong with a probability of about 1 / (n + 2) (Laplace's rule of succession); without this, few examples that are easy to separate lead to unlimited confidence.
 */
export const doubt = (heldOut: number): number => 1 / (heldOut + 2);

/**
 * Fits a linear model with an L2 penalty (softmax: multinomial logistic regression; sigmoid: one logistic regression for each output; identity: ridge regression) to
 * convergence, for each strength of the penalty, and returns the one with the lowest cross-validated loss, fitted to all rows. The bias is not penalised.
 * All folds are fitted at once; each strength starts from the previous solution. Features are centred and scaled by one factor.
 * @throws if there are no rows, or features are not finite
 */
export async function fitLinear(data: LinearData, options: FitLinearOptions): Promise<LinearFit> {
  const { inputs, outputs, folds } = data;
  const { link, seed = 0, strengths: given, stopEarly = true, onStep } = options;
  const path = given ?? (folds ? strengths : [usualStrength]);
  const { rows, mean, scale, width } = standardised(inputs, options.backend);
  const axes = await principalAxes(
    rows,
    Math.min(width, inputs.length, mostAxes),
    new Random(seed).fork('principal axes'),
  );
  rows.dispose();
  const inner = axes.rotated.shape[1]!;
  const size = outputs * (inner + 1); // weights [outputs, inner], then the bias
  const count = folds ? Array.from(folds).reduce((most, fold) => Math.max(most, fold + 1), 0) : 0;
  const problem = new Problems(axes.rotated, data, link, count);
  try {
    let points: readonly Float64Array[] = Array.from({ length: count + 1 }, () => new Float64Array(size));
    const tried: TriedStrength[] = [];
    let best: { loss: number; point: Float64Array; strength: number; heldOut: Float32Array | undefined } | undefined;
    for (const [i, strength] of path.entries()) {
      const minima = await problem.minimise(points, strength, axes.variances, () => onStep?.(strength, i, path.length));
      points = minima.map(({ point }) => point);
      const heldOut = count ? await problem.heldOut(points) : undefined;
      const heldOutLoss = heldOut?.loss ?? Number.NaN;
      tried.push({
        strength,
        loss: await problem.lossOf(points.at(-1)!),
        heldOutLoss,
        iterations: minima.reduce((sum, { iterations }) => sum + iterations, 0),
      });
      if (!best || heldOutLoss < best.loss || !count)
        best = { loss: heldOutLoss, point: points.at(-1)!, strength, heldOut: heldOut?.outputs };
      const since = tried.length - 1 - tried.findIndex((one) => one.strength === best!.strength);
      if (stopEarly && count && since >= patience) break;
    }
    const { point, strength, heldOut } = best!;
    const weight = await axes.back(Float32Array.from(point.subarray(0, outputs * inner)));
    const bias = new Float32Array(outputs);
    for (let k = 0; k < outputs; k++) {
      let offset = point[outputs * inner + k]!;
      for (let j = 0; j < width; j++) offset -= (weight[k * width + j]! *= scale) * mean[j]!;
      bias[k] = offset;
    }
    return { weight, bias, strength, path: tried, heldOutOutputs: heldOut };
  } finally {
    axes.rotated.dispose();
  }
}

/** Subtracts the mean, and divides by the root mean square of the rows' norms. */
function standardised(
  inputs: readonly Float32Array[],
  backend: AnyBackend,
): { rows: Tensor; mean: Float64Array; scale: number; width: number } {
  const [first] = inputs;
  if (!first) throw new Error('fitLinear() expects at least one row, got none.');
  const width = first.length;
  const mean = new Float64Array(width);
  for (const row of inputs) for (let j = 0; j < width; j++) mean[j]! += row[j]! / inputs.length;
  const values = new Float32Array(inputs.length * width);
  let square = 0;
  for (const [i, row] of inputs.entries())
    for (let j = 0; j < width; j++) {
      const centred = row[j]! - mean[j]!;
      square += centred ** 2;
      values[i * width + j] = centred;
    }
  if (!Number.isFinite(square)) throw new Error('fitLinear() expects finite features, got NaN or infinity.');
  const scale = square > 0 ? Math.sqrt(inputs.length / square) : 1;
  for (let i = 0; i < values.length; i++) values[i]! *= scale;
  return { rows: tensor(values, { shape: [inputs.length, width], backend }), mean, scale, width };
}

/** The fits of all folds, each without its rows, and the one of all rows, which comes last. They are evaluated at once. */
class Problems {
  readonly #rows: Tensor;
  readonly #data: LinearData;
  readonly #link: Link;
  /** The sum of the weights of each problem's rows. */
  readonly #totals: readonly number[];
  readonly #count: number;
  readonly #outputs: number;
  readonly #width: number;

  constructor(rows: Tensor, data: LinearData, link: Link, folds: number) {
    this.#rows = rows;
    this.#data = data;
    this.#link = link;
    [this.#count, this.#width] = rows.shape as [number, number];
    this.#outputs = data.outputs;
    this.#totals = Array.from({ length: folds + 1 }, (_, problem) => {
      let total = 0;
      for (let i = 0; i < this.#count; i++) if (this.#sees(problem, i)) total += this.#weight(i);
      return total;
    });
  }

  #weight(row: number): number {
    return this.#data.weights?.[row] ?? 1;
  }
  #sees(problem: number, row: number): boolean {
    return this.#data.folds?.[row] !== problem;
  }
  #target(row: number): ArrayLike<number> {
    const target = this.#data.targets[row]!;
    return typeof target === 'number' ? [target] : target;
  }

  /** Minimises the penalised loss of each problem. @param variances of the first features */
  async minimise(
    starts: readonly Float64Array[],
    strength: number,
    variances: Float64Array,
    onStep: () => void | Promise<void>,
  ): Promise<Minimum[]> {
    const inverseHessian = this.#inverseHessian(strength, variances);
    const searches = starts.map((start) => lbfgs(start, { inverseHessian, tolerance }));
    const minima: Minimum[] = [];
    let active = searches.map((search, problem) => ({ search, problem, at: search.next() }));
    while (active.length) {
      await onStep();
      const found = await this.#evaluate(
        active.map(({ problem, at }) => ({ problem, point: at.value as Float64Array })),
        strength,
      );
      active = active.map(({ search, problem }, i) => ({ search, problem, at: search.next(found[i]!) }));
      for (const { problem, at } of active) if (at.done) minima[problem] = at.value;
      active = active.filter(({ at }) => !at.done);
    }
    return minima;
  }

  /** Approximate: exact for a quadratic loss along the principal axes. */
  #inverseHessian(strength: number, variances: Float64Array): Float64Array {
    const width = this.#width;
    const known = variances.length;
    const rest = known < width ? Math.max(0, 1 - variances.reduce((a, b) => a + b, 0)) / (width - known) : 0;
    const curvature = curvatureOf[this.#link];
    return Float64Array.from({ length: this.#outputs * (width + 1) }, (_, i) => {
      if (i >= this.#outputs * width) return 1 / curvature;
      const axis = i % width;
      return 1 / (curvature * (axis < known ? Math.max(variances[axis]!, rest) : rest) + strength);
    });
  }

  /** Outputs of several models for all rows: [rows, models × outputs]. */
  async #outputsOf(points: readonly Float64Array[]): Promise<Float32Array> {
    const [outputs, width] = [this.#outputs, this.#width];
    const weights = new Float32Array(points.length * outputs * width);
    for (const [p, point] of points.entries()) weights.set(point.subarray(0, outputs * width), p * outputs * width);
    const product = scope(() =>
      matmul(
        this.#rows,
        tensor(weights, { shape: [points.length * outputs, width], backend: this.#rows.backend }),
        false,
        true,
      ),
    );
    const values = Float32Array.from((await product.array()) as Float32Array);
    product.dispose();
    const columns = points.length * outputs;
    for (const [p, point] of points.entries())
      for (let k = 0; k < outputs; k++) {
        const bias = point[outputs * width + k]!;
        for (let at = p * outputs + k; at < values.length; at += columns) values[at]! += bias;
      }
    return values;
  }

  async #evaluate(
    wanted: readonly { readonly problem: number; readonly point: Float64Array }[],
    strength: number,
  ): Promise<Evaluated[]> {
    const [outputs, width] = [this.#outputs, this.#width];
    const columns = wanted.length * outputs;
    const values = await this.#outputsOf(wanted.map(({ point }) => point));
    const slopes = new Float32Array(values.length);
    const lossOf = linkLosses[this.#link];
    const losses = wanted.map(() => 0);
    const offsets = wanted.map(() => new Float64Array(outputs));
    for (let i = 0; i < this.#count; i++) {
      const target = this.#target(i);
      const weight = this.#weight(i);
      for (const [p, { problem }] of wanted.entries()) {
        const from = i * columns + p * outputs;
        if (!this.#sees(problem, i)) continue;
        const share = weight / this.#totals[problem]!;
        losses[p]! += share * lossOf(values, from, outputs, target, slopes);
        for (let k = 0; k < outputs; k++) offsets[p]![k]! += slopes[from + k]! *= share;
      }
    }
    const product = scope(() =>
      matmul(tensor(slopes, { shape: [this.#count, columns], backend: this.#rows.backend }), this.#rows, true),
    );
    const gradients = (await product.array()) as Float32Array;
    product.dispose();
    return wanted.map(({ point }, p) => {
      const gradient = new Float64Array(point.length);
      gradient.set(gradients.subarray(p * outputs * width, (p + 1) * outputs * width));
      let square = 0;
      for (let i = 0; i < outputs * width; i++) {
        gradient[i]! += strength * point[i]!;
        square += point[i]! ** 2;
      }
      gradient.set(offsets[p]!, outputs * width);
      return { value: losses[p]! + (strength / 2) * square, gradient };
    });
  }

  /** The mean loss on all rows. */
  async lossOf(point: Float64Array): Promise<number> {
    return this.#meanLoss(await this.#outputsOf([point]), () => true, 0);
  }

  /** Outputs for each scored row by the model that did not see it, and their mean loss. */
  async heldOut(points: readonly Float64Array[]): Promise<{ loss: number; outputs: Float32Array }> {
    const { folds, scored } = this.#data;
    const outputs = this.#outputs;
    const models = points.length - 1;
    const values = await this.#outputsOf(points.slice(0, models));
    const kept = new Float32Array(this.#count * outputs).fill(Number.NaN);
    const isKept = (row: number): boolean => (scored?.[row] ?? true) && folds![row]! >= 0 && folds![row]! < models;
    for (let i = 0; i < this.#count; i++)
      if (isKept(i))
        for (let k = 0; k < outputs; k++) kept[i * outputs + k] = values[(i * models + folds![i]!) * outputs + k]!;
    let count = 0;
    for (let i = 0; i < this.#count; i++) if (isKept(i)) count++;
    return { loss: this.#meanLoss(kept, isKept, doubt(count)), outputs: kept };
  }

  #meanLoss(values: Float32Array, isCounted: (row: number) => boolean, smoothing: number): number {
    const slopes = new Float32Array(this.#outputs);
    let [loss, total] = [0, 0];
    const lossOf = linkLosses[this.#link];
    for (let i = 0; i < this.#count; i++) {
      if (!isCounted(i)) continue;
      const row = values.subarray(i * this.#outputs, (i + 1) * this.#outputs);
      const target = this.#target(i);
      const own = lossOf(row, 0, this.#outputs, target, slopes);
      loss += this.#weight(i) * (own + smoothingCosts[this.#link](row, this.#outputs, target, smoothing));
      total += this.#weight(i);
    }
    return total ? loss / total : Number.NaN;
  }
}
