import { apply } from '../apply.ts';
import { grad } from '../autograd.ts';
import { filled, full, scalar, tensor } from '../create.ts';
import type { NumberArray } from '../dtype.ts';
import type { Op } from '../op.ts';
import { type HostArray, showShape, type TensorSpec } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { add, exp, log, mul, neg, sub } from './arithmetic.ts';
import { cast, stopGradient } from './cast.ts';
import { equal, greater, greaterEqual, less, not, or } from './comparison.ts';
import { elements } from './elementwise.ts';
import { oneHot, where } from './indexing.ts';
import { matmul } from './matmul.ts';
import { concat, narrow, pad, reshape, squeeze, stack, unsqueeze } from './movement.ts';
import { max, sum } from './reduction.ts';

export interface CtcAttrs {
  /** The blank class. */
  readonly blank: number;
}

// A path passes through the target with a blank before, between and after its labels; impossible paths have the log-probability −∞.
const addLogs = (a: number, b: number): number =>
  a === Number.NEGATIVE_INFINITY
    ? b
    : b === Number.NEGATIVE_INFINITY
      ? a
      : Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));

/** One sample: its log-probabilities from `start`, its steps, and the classes of its path including blanks. */
interface Sample {
  readonly values: NumberArray;
  readonly start: number;
  readonly steps: number;
  readonly classes: number;
  readonly path: readonly number[];
}

function sampleOf(n: number, [logs, targets, lengths]: readonly HostArray[], blank: number): Sample {
  const [, steps, classes] = logs!.shape as [number, number, number];
  const width = targets!.shape[1]!;
  const path = [blank];
  for (let s = 0; s < width; s++) {
    const label = Number(targets!.data[n * width + s]!);
    if (label < 0) break;
    if (label >= classes || label === blank)
      throw new Error(
        `Label ${s} of sample ${n} is ${label}, but ctc expects classes from 0 to ${classes - 1} other than the blank (${blank}), padded with −1.`,
      );
    path.push(label, blank);
  }
  const own = lengths ? Number(lengths.data[n]!) : steps;
  if (!(own >= 1 && own <= steps))
    throw new Error(`Sample ${n} has ${own} steps, but ctc got log-probabilities of ${steps}.`);
  return { values: elements(logs!), start: n * steps * classes, steps: own, classes, path };
}

/** Whether a path may come from two positions back, skipping a blank. */
const skips = (path: readonly number[], s: number): boolean => s > 1 && path[s] !== path[s - 2];

/** Forward variables: log-probability of all ways to each position of the path, step by step, including the current step. */
function forwards({ values, start, steps, classes, path }: Sample): Float64Array[] {
  const rows: Float64Array[] = [];
  for (let t = 0; t < steps; t++) {
    const before = rows[t - 1];
    rows.push(
      Float64Array.from(path, (label, s) => {
        let ways = before ? before[s]! : s < 2 ? 0 : Number.NEGATIVE_INFINITY;
        if (before && s > 0) ways = addLogs(ways, before[s - 1]!);
        if (before && skips(path, s)) ways = addLogs(ways, before[s - 2]!);
        return ways + values[start + t * classes + label]!;
      }),
    );
  }
  return rows;
}

/** Backward variables: log-probability of all continuations from each position of the path, step by step, excluding the current step. */
function backwards({ values, start, steps, classes, path }: Sample): Float64Array[] {
  const rows: Float64Array[] = [];
  for (let t = steps - 1; t >= 0; t--) {
    const after = rows[0];
    const seen = (s: number): number => after![s]! + values[start + (t + 1) * classes + path[s]!]!;
    rows.unshift(
      Float64Array.from(path, (_, s) => {
        if (!after) return s >= path.length - 2 ? 0 : Number.NEGATIVE_INFINITY;
        let ways = seen(s);
        if (s + 1 < path.length) ways = addLogs(ways, seen(s + 1));
        if (s + 2 < path.length && skips(path, s + 2)) ways = addLogs(ways, seen(s + 2));
        return ways;
      }),
    );
  }
  return rows;
}

const total = (last: Float64Array): number => addLogs(last.at(-1)!, last.at(-2) ?? Number.NEGATIVE_INFINITY);

function checkShapes([logs, targets, lengths]: readonly TensorSpec[]): void {
  const batch = logs!.shape[0];
  if (
    logs!.shape.length !== 3 ||
    targets!.shape.length !== 2 ||
    targets!.shape[0] !== batch ||
    (lengths && lengths.shape.join() !== String(batch))
  )
    throw new Error(
      `ctc expects log-probabilities [batch, steps, classes], targets [batch, labels] and lengths [batch], got ${[logs!, targets!, ...(lengths ? [lengths] : [])].map((x) => showShape(x.shape)).join(', ')}.`,
    );
}

/**
 * −log of the probability of each label sequence, over all alignments with the steps (Graves et al. 2006).
 * Inputs: log-probabilities [batch, steps, classes], targets int [batch, labels] padded with −1, and optionally the number of steps, int [batch] → [batch].
 */
export const Ctc: Op<CtcAttrs> = {
  name: 'ctc',
  infer(inputs) {
    checkShapes(inputs);
    return { shape: [inputs[0]!.shape[0]!], dtype: inputs[0]!.dtype };
  },
  reference(inputs, { blank }, out) {
    const to = elements(out);
    for (let n = 0; n < to.length; n++) to[n] = -total(forwards(sampleOf(n, inputs, blank)).at(-1)!);
  },
  decompose: ([logs, targets, lengths], { blank }) => byOps(logs!, targets!, lengths, blank),
  gradient: {
    uses: ['inputs'],
    rules: (i) => (i === 0 ? (g, { inputs, attrs }) => apply(CtcGrad, [g, ...inputs], attrs) : null),
  },
};
/** The posterior probability of each class at each step, times −g; 0 if no path is possible. Inputs: g, then those of {@link Ctc}. */
export const CtcGrad: Op<CtcAttrs> = {
  name: 'ctcGrad',
  infer: ([, logs]) => ({ shape: logs!.shape, dtype: logs!.dtype }),
  reference([g, ...inputs], { blank }, out) {
    const [grad, to] = [elements(g!), elements(out)];
    to.fill(0);
    for (let n = 0; n < grad.length; n++) {
      const sample = sampleOf(n, inputs, blank);
      const [ahead, behind] = [forwards(sample), backwards(sample)];
      const all = total(ahead.at(-1)!);
      if (all === Number.NEGATIVE_INFINITY) continue;
      for (let t = 0; t < sample.steps; t++)
        for (const [s, label] of sample.path.entries())
          to[sample.start + t * sample.classes + label]! -= grad[n]! * Math.exp(ahead[t]![s]! + behind[t]![s]! - all);
    }
  },
  decompose: ([g, logs, targets, lengths], { blank }) =>
    grad(() => sum(mul(g!, byOps(logs!, targets!, lengths, blank))), [logs!])[0]!,
};

/** A finite log-probability whose exponential is 0; finite, so differences are never NaN. */
const never = -1e30;

/** The same in ops: advances a row of forward variables step by step. */
function byOps(logs: Tensor, targets: Tensor, lengths: Tensor | undefined, blank: number): Tensor {
  const [batch, steps, classes] = logs.shape as [number, number, number];
  const width = targets.shape[1]!;
  const places = 2 * width + 1;
  const labels = cast(targets, 'int32');
  const blanks = (count: number): Tensor => full([batch, count], blank, labels);
  const path = concat([reshape(stack([blanks(width), labels], 2), [batch, 2 * width]), blanks(1)], 1);
  const seen = matmul(logs, oneHot(path, classes, logs), false, true); // [batch, steps, places]
  const costs = (allowed: Tensor): Tensor => where(allowed, scalar(0, logs), scalar(never, logs));
  const place = tensor(
    Float32Array.from({ length: places }, (_, s) => s),
    { dtype: logs.dtype, backend: logs.backend },
  );
  const moved = (ways: Tensor, by: number): Tensor => pad(narrow(ways, 1, 0, places - by), [0, by], [0, 0], never);
  const skip = width
    ? pad(costs(not(equal(narrow(path, 1, 2, places - 2), narrow(path, 1, 0, places - 2)))), [0, 2], [0, 0], never)
    : undefined;
  const steer = (x: Tensor): Tensor => unsqueeze(cast(x, logs.dtype), 1);
  let ways = add(squeeze(narrow(seen, 1, 0, 1), [1]), costs(less(place, 2)));
  for (let t = 1; t < steps; t++) {
    const from = skip ? [ways, moved(ways, 1), add(moved(ways, 2), skip)] : [ways];
    const next = add(logSumExp(stack(from, 2)), squeeze(narrow(seen, 1, t, 1), [1]));
    ways = lengths ? where(greater(steer(lengths), t), next, ways) : next;
  }
  const end = mul(steer(sum(cast(greaterEqual(labels, 0), 'int32'), 1)), 2);
  const loss = neg(logSumExp(add(ways, costs(or(equal(place, end), equal(place, sub(end, 1)))))));
  return where(less(loss, -never / 2), loss, filled(loss, Number.POSITIVE_INFINITY));
}

function logSumExp(x: Tensor): Tensor {
  const greatest = stopGradient(max(x, -1, true));
  return add(log(sum(exp(sub(x, greatest)), -1)), squeeze(greatest, [-1]));
}

/**
 * −log of the probability of each label sequence (connectionist temporal classification, Graves et al. 2006): log-probabilities [batch, steps, classes],
 * int targets [batch, labels] padded with −1 → [batch]. Infinite if a sequence is too long for its steps.
 */
export const ctc = (
  logProbabilities: Tensor,
  targets: Tensor,
  { blank = 0, lengths }: { blank?: number; lengths?: Tensor } = {},
): Tensor => apply(Ctc, lengths ? [logProbabilities, targets, lengths] : [logProbabilities, targets], { blank });
