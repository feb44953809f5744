import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import {
  add,
  type HostArray,
  keep,
  mul,
  type Parameter,
  readAll,
  sameShape,
  scope,
  showShape,
  type Tensor,
  tensor,
  updateInPlace,
} from '@graft/tensor';
import { fuse, type FusedStep } from './fuse.ts';
import type { GradientTransform, Slot, TransformState } from './gradient-transform.ts';
import { asSchedule, type Schedule } from './schedule.ts';

/** An optimizer type that configurations can create by name and options. */
export interface OptimizerType extends Named {
  create(options?: object, context?: Context): GradientTransform;
}
/** The extension point for optimizers. */
export const optimizer: ExtensionPoint<OptimizerType> = extensionPoint('optimizer', 'the option "optimizer" of a run');

/** Parameters that share multipliers of learning rate and weight decay. */
export interface ParameterGroup {
  readonly parameters: readonly Parameter[];
  /** Multiplies the optimizer's learning rate; may be a schedule. Default 1. */
  readonly learningRate?: number | Schedule;
  /** Multiplies the optimizer's weight decay; default 1. */
  readonly weightDecay?: number;
}

/** The parameters to train: a model, the result of its `parameters()`, a list, or groups. */
export type Learners =
  | { parameters(): Iterable<readonly [path: string, parameter: Parameter]> }
  | Iterable<Parameter | ParameterGroup | readonly [path: string, parameter: Parameter]>;

/** Updates parameters with a transform of their gradients. Parameters that are frozen at construction are excluded. */
export class Optimizer {
  /** The trained parameters, in order: `step` expects one gradient for each. */
  readonly parameters: readonly Parameter[];
  readonly transform: GradientTransform;
  /** Number of steps so far. */
  steps = 0;
  /** Multiplies every learning rate, on top of its schedule; callbacks may lower it. Not part of `state`. */
  learningRateScale = 1;
  readonly #multipliers: readonly { readonly learningRate: Schedule; readonly weightDecay: number }[];
  readonly #fused: FusedStep | undefined;
  #state: TransformState;

  /** @throws if a parameter is in two groups, or none is trainable */
  constructor(learners: Learners, transform: GradientTransform) {
    const entries = 'parameters' in learners ? learners.parameters() : learners;
    const groups = Array.from(entries, (entry): ParameterGroup =>
      'parameters' in entry ? entry : { parameters: [isPair(entry) ? entry[1] : entry] },
    );
    for (const group of groups) checkGroup(group);
    const members = groups.flatMap(({ parameters, learningRate = 1, weightDecay = 1 }) =>
      parameters
        .filter((p) => p.trainable)
        .map((parameter) => ({ parameter, learningRate: asSchedule(learningRate), weightDecay })),
    );
    const twice = members.find(({ parameter }, i) => members.findIndex((other) => other.parameter === parameter) < i);
    if (twice) throw new Error(`Parameter "${twice.parameter.name}" is in two groups of the optimizer. Put it in one.`);
    if (!members.length) throw new Error('The optimizer has no trainable parameter: all are frozen. Unfreeze some.');
    this.parameters = members.map(({ parameter }) => parameter);
    this.#multipliers = members;
    this.transform = transform;
    this.#fused = fuse(transform);
    this.#state = scope(() => keepAll(transform.init(this.#slots())));
  }

  /** The learning rate of the next step, the highest of all groups; undefined if the transform has none. */
  learningRate(): number | undefined {
    const rate = this.transform.learningRate?.(this.steps);
    return rate === undefined
      ? undefined
      : rate *
          this.learningRateScale *
          Math.max(...this.#multipliers.map(({ learningRate }) => learningRate(this.steps)));
  }

  /**
   * Performs one step. Gradients are in the order of `parameters`.
   * @throws if the gradients do not match, or a parameter was never initialised
   */
  step(grads: readonly Tensor[]): void {
    const raw = this.parameters.find(({ initialised }) => !initialised);
    if (raw)
      throw new Error(
        `The parameter "${raw.name}" was never initialised: layers of the same shape would start with equal weights. Call model.initialize(seed) or load weights before training.`,
      );
    if (grads.length !== this.parameters.length)
      throw new Error(`The optimizer has ${this.parameters.length} parameters, but got ${grads.length} gradients.`);
    const wrong = grads.findIndex((grad, i) => !sameShape(grad.shape, this.parameters[i]!.value.shape));
    if (wrong >= 0)
      throw new Error(
        `The gradient of parameter "${this.parameters[wrong]!.name || wrong}" is ${showShape(grads[wrong]!.shape)}, but the parameter is ${showShape(this.parameters[wrong]!.value.shape)}. Pass gradients in the order of "parameters".`,
      );
    scope(() => {
      const slots = this.#slots();
      const left = this.#fused ? this.#stepInPlace(this.#fused, grads, slots) : grads.map((_, i) => i);
      if (left.length) this.#stepByOps(grads, slots, left);
    });
    this.steps++;
  }

  /** Updates each parameter in one pass over memory; returns those without a backend update, or that are held elsewhere. */
  #stepInPlace({ update, attrs }: FusedStep, grads: readonly Tensor[], slots: readonly Slot[]): number[] {
    const state = this.#state.map((list) => [...list]);
    const left = this.parameters.flatMap((parameter, i) => {
      const renewed = updateInPlace(
        update,
        [parameter.value, ...state.map((list) => list[i]!)],
        [grads[i]!],
        attrs(slots[i]!, this.steps),
      );
      if (!renewed) return [i];
      parameter.value = renewed[0]!;
      for (const [k, list] of state.entries()) list[i] = keep(renewed[k + 1]!);
      return [];
    });
    this.#replace(state);
    return left;
  }

  /** Runs the transform's own ops for the parameters at `places`. */
  #stepByOps(grads: readonly Tensor[], slots: readonly Slot[], places: readonly number[]): void {
    const at = <T>(list: readonly T[]): readonly T[] =>
      places.length === list.length ? list : places.map((i) => list[i]!);
    const [updates, state] = this.transform.update(at(grads), this.#state.map(at), at(slots), this.steps);
    for (const [k, i] of places.entries()) this.parameters[i]!.value = add(this.parameters[i]!.value, updates[k]!);
    this.#replace(
      state.map((list, k) =>
        list.length === this.parameters.length ? list : this.#state[k]!.map((old, i) => list[places.indexOf(i)] ?? old),
      ),
    );
  }

  #replace(state: TransformState): void {
    const next = keepAll(state);
    const survivors = new Set(next.flat());
    for (const old of this.#state.flat()) if (!survivors.has(old)) old.dispose();
    this.#state = next;
  }

  /**
   * Switches to the evaluation weights, if the transform keeps separate ones (as schedule-free ones do).
   * Returns a function that restores the training weights; call it before the next step.
   */
  useEvaluationWeights(): () => void {
    const { evaluated } = this.transform;
    if (!evaluated) return () => {};
    const learning = scope(() => {
      const copies = this.parameters.map(({ value }) => keep(mul(value, 1)));
      for (const [i, value] of evaluated(this.#state, this.#slots()).entries()) this.parameters[i]!.value = value;
      return copies;
    });
    return () => {
      for (const [i, value] of learning.splice(0).entries()) {
        this.parameters[i]!.value = value;
        value.dispose();
      }
    };
  }

  /** The current state of the transform for a checkpoint, by parameter name and position. */
  async state(): Promise<Map<string, HostArray>> {
    const keys = this.#state.flatMap((list, k) => list.map((_, i) => this.#key(k, i)));
    const values = await readAll(this.#state.flat());
    return new Map(keys.map((key, i) => [key, values[i]!]));
  }

  /**
   * Restores a saved state.
   * @throws if it belongs to another model or optimizer; nothing is changed in that case
   */
  restore(state: ReadonlyMap<string, HostArray>, steps: number): void {
    const next = this.#state.map((list, k) =>
      list.map((old, i) => {
        const saved = state.get(this.#key(k, i));
        if (!saved || !sameShape(saved.shape, old.shape))
          throw new Error(
            `The saved optimizer state has no "${this.#key(k, i)}" of [${old.shape}]. It belongs to another model or optimizer.`,
          );
        return { old, saved };
      }),
    );
    if (state.size !== next.flat().length)
      throw new Error(
        `The saved optimizer state has ${state.size} entries, but this optimizer has ${next.flat().length}. It belongs to another model or optimizer.`,
      );
    this.#state = next.map((list) =>
      list.map(({ old, saved }) => {
        const value = keep(tensor(saved.data, { shape: saved.shape, dtype: saved.dtype, backend: old.backend }));
        old.dispose();
        return value;
      }),
    );
    this.steps = steps;
  }

  /** Frees the transform's state. */
  dispose(): void {
    for (const value of this.#state.flat()) value.dispose();
    this.#state = [];
  }

  #key(list: number, i: number): string {
    return `${list}.${this.parameters[i]!.name || i}`;
  }

  #slots(): Slot[] {
    return this.parameters.map(({ value, name }, i) => ({
      value,
      name,
      learningRate: this.#multipliers[i]!.learningRate(this.steps) * this.learningRateScale,
      weightDecay: this.#multipliers[i]!.weightDecay,
    }));
  }
}

function checkGroup({ learningRate = 1, weightDecay = 1 }: ParameterGroup): void {
  if (typeof learningRate !== 'function' && !(learningRate >= 0))
    throw new Error(
      `A parameter group expects learningRate to be a number of 0 or more, or a schedule, got ${learningRate}.`,
    );
  if (!(weightDecay >= 0))
    throw new Error(`A parameter group expects weightDecay to be a number of 0 or more, got ${weightDecay}.`);
}

const keepAll = (state: TransformState): TransformState => {
  for (const list of state) for (const value of list) keep(value);
  return state;
};

/** Splits parameters into two groups: weights, which decay, and vectors (biases and normalisation parameters), which do not. */
export function withoutDecayOnVectors(parameters: readonly Parameter[]): ParameterGroup[] {
  const isVector = (parameter: Parameter): boolean => parameter.value.rank < 2;
  return [
    { parameters: parameters.filter((p) => !isVector(p)) },
    { parameters: parameters.filter(isVector), weightDecay: 0 },
  ];
}

const isPair = (entry: Parameter | readonly [string, Parameter]): entry is readonly [string, Parameter] =>
  Array.isArray(entry);
