import type { ParameterGroup } from './optimizer.ts';
import { asSchedule, type Schedule } from './schedule.ts';

const interpolateCosine = (from: number, to: number, share: number): number =>
  to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2;

/** Rejects invalid numbers of steps. */
function checkSteps(owner: string, name: string, steps: number, least = 1): void {
  if (!(typeof steps === 'number' && steps >= least))
    throw new Error(`${owner} expects "${name}" to be ${least} or more steps, got ${steps}.`);
}

/** Rejects values that are not numbers. */
function checkNumbers(owner: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values))
    if (!Number.isFinite(value)) throw new Error(`${owner} expects "${name}" to be a number, got ${value}.`);
}

/** A constant value. */
export const constant = ({ value }: { readonly value: number }): Schedule => {
  checkNumbers('constant', { value });
  return () => value;
};

/** From `from` to `to` in equal steps, then constant. */
export const linear = ({
  from,
  to,
  steps,
}: {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
}): Schedule => {
  checkNumbers('linear', { from, to });
  checkSteps('linear', 'steps', steps);
  return (step) => from + (to - from) * Math.min(1, step / steps);
};

/** Polynomial decay from `from` to `to`: the remaining distance is a power of the remaining steps; power 1 is {@link linear}. */
export const polynomial = ({
  from,
  to = 0,
  steps,
  power = 2,
}: {
  readonly from: number;
  readonly to?: number;
  readonly steps: number;
  readonly power?: number;
}): Schedule => {
  checkNumbers('polynomial', { from, to, power });
  checkSteps('polynomial', 'steps', steps);
  return (step) => to + (from - to) * (1 - Math.min(1, step / steps)) ** power;
};

/** From `from` down to `to` along half a cosine wave (Loshchilov and Hutter 2017). */
export const cosine = ({
  from,
  to = 0,
  steps,
}: {
  readonly from: number;
  readonly to?: number;
  readonly steps: number;
}): Schedule => {
  checkNumbers('cosine', { from, to });
  checkSteps('cosine', 'steps', steps);
  return (step) => interpolateCosine(from, to, Math.min(1, step / steps));
};

/** Cosine decay with warm restarts, each cycle `factor` times as long as the last (Loshchilov and Hutter 2017). */
export const cosineRestarts = ({
  from,
  to = 0,
  steps,
  factor = 1,
}: {
  readonly from: number;
  readonly to?: number;
  readonly steps: number;
  readonly factor?: number;
}): Schedule => {
  checkNumbers('cosineRestarts', { from, to });
  checkSteps('cosineRestarts', 'steps', steps);
  if (!(factor >= 1)) throw new Error(`cosineRestarts expects a factor of 1 or more, got ${factor}.`);
  return (step) => {
    const cycle =
      factor === 1
        ? Math.floor(step / steps)
        : Math.floor(Math.log(1 + (step / steps) * (factor - 1)) / Math.log(factor) + 1e-12);
    const start = factor === 1 ? cycle * steps : (steps * (factor ** cycle - 1)) / (factor - 1);
    return interpolateCosine(from, to, (step - start) / (steps * factor ** cycle));
  };
};

/** Multiplies by `factor` every `every` steps. */
export const stepDecay = ({
  from,
  factor = 0.1,
  every,
}: {
  readonly from: number;
  readonly factor?: number;
  readonly every: number;
}): Schedule => {
  checkNumbers('stepDecay', { from, factor });
  checkSteps('stepDecay', 'every', every);
  return (step) => from * factor ** Math.floor(step / every);
};

/** Multiplies by `factor` at each milestone. */
export const multiStep = ({
  from,
  factor = 0.1,
  milestones,
}: {
  readonly from: number;
  readonly factor?: number;
  readonly milestones: readonly number[];
}): Schedule => {
  checkNumbers('multiStep', { from, factor });
  if (!Array.isArray(milestones))
    throw new Error(
      `multiStep expects "milestones" to be a list of steps, got ${JSON.stringify(milestones) ?? 'none'}.`,
    );
  for (const milestone of milestones as readonly number[]) checkSteps('multiStep', 'milestones', milestone);
  return (step) => from * factor ** milestones.filter((milestone) => step >= milestone).length;
};

/** Exponential decay: multiplies by `factor` at each step. */
export const exponential = ({ from, factor }: { readonly from: number; readonly factor: number }): Schedule => {
  checkNumbers('exponential', { from, factor });
  return (step) => from * factor ** step;
};

/** Divides by 1 + `rate` · step: PyTorch's `lr_decay` of Adagrad, Keras's `InverseTimeDecay`. */
export const inverseTime = ({ from, rate }: { readonly from: number; readonly rate: number }): Schedule => {
  checkNumbers('inverseTime', { from, rate });
  return (step) => from / (1 + rate * step);
};

/** Linear warm-up from 0 to the first value of another schedule, then that schedule from its beginning. */
export const warmUp = ({ steps, then }: { readonly steps: number; readonly then: number | Schedule }): Schedule => {
  checkSteps('warmUp', 'steps', steps, 0);
  if (typeof then !== 'function' && typeof then !== 'number')
    throw new Error(`warmUp expects "then" to be a number or a schedule, got ${JSON.stringify(then) ?? 'none'}.`);
  const next = asSchedule(then);
  return (step) => (step < steps ? (next(0) * (step + 1)) / (steps + 1) : next(step - steps));
};

/** Runs schedules one after another, each from its beginning; the last one continues. */
export const inTurn = ({
  schedules,
  steps,
}: {
  readonly schedules: readonly Schedule[];
  /** Length of each schedule but the last, in steps. */ readonly steps: readonly number[];
}): Schedule => {
  if (!Array.isArray(schedules) || !Array.isArray(steps))
    throw new Error('inTurn expects "schedules" and "steps" to be lists.');
  if (steps.length !== schedules.length - 1)
    throw new Error(
      `inTurn has ${schedules.length} schedules and ${steps.length} lengths. Give a length for each schedule but the last.`,
    );
  for (const length of steps) checkSteps('inTurn', 'steps', length);
  return (step) => {
    let [which, own] = [0, step];
    while (which < steps.length && own >= steps[which]!) own -= steps[which++]!;
    return schedules[which]!(own);
  };
};

/** Options of {@link oneCycle}. */
export interface OneCycleOptions {
  readonly peak: number;
  readonly steps: number;
  /** Fraction of the steps spent rising. */
  readonly warmUpShare?: number;
  /** Divisors of the peak at the start and at the end. */
  readonly divide?: number;
  readonly finalDivide?: number;
}
/** One-cycle policy: rises to `peak` and falls to almost 0, both along cosines (Smith 2018; fastai's defaults). */
export const oneCycle = ({
  peak,
  steps,
  warmUpShare = 0.25,
  divide = 25,
  finalDivide = 1e5,
}: OneCycleOptions): Schedule => {
  checkNumbers('oneCycle', { peak, warmUpShare, divide, finalDivide });
  checkSteps('oneCycle', 'steps', steps);
  const top = Math.max(1, warmUpShare * steps);
  return (step) =>
    step < top
      ? interpolateCosine(peak / divide, peak, step / top)
      : interpolateCosine(peak, peak / finalDivide, Math.min(1, (step - top) / Math.max(1, steps - top)));
};

/** The momentum for {@link oneCycle}: falls from `high` to `low` while the learning rate rises, then rises again (Smith 2018). */
export const oneCycleMomentum = ({
  steps,
  warmUpShare = 0.25,
  low = 0.85,
  high = 0.95,
}: {
  readonly steps: number;
  readonly warmUpShare?: number;
  readonly low?: number;
  readonly high?: number;
}): Schedule => {
  if (!(low > 0 && low <= high && high < 1))
    throw new Error(`oneCycleMomentum expects momenta above 0 and below 1, got ${low} and ${high}.`);
  return oneCycle({ peak: low, steps, warmUpShare, divide: low / high, finalDivide: low / high });
};

/** Layer-wise learning rate decay: multiplies the rate by `decay` from each group to the one before it. The last group, closest to the output, uses the full rate (Howard and Ruder 2018; `module.layerGroups()` lists groups in order). */
export function layerWiseDecay(
  groups: readonly ParameterGroup[],
  { decay = 0.75 }: { readonly decay?: number } = {},
): ParameterGroup[] {
  if (!(decay > 0 && decay <= 1)) throw new Error(`layerWiseDecay expects a decay in (0, 1], got ${decay}.`);
  return groups.map((group, i) => {
    const [own, share] = [asSchedule(group.learningRate ?? 1), decay ** (groups.length - 1 - i)];
    return {
      ...group,
      learningRate: typeof group.learningRate === 'function' ? (step) => own(step) * share : own(0) * share,
    };
  });
}
