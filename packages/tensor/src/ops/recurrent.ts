// Recurrent layers composed of other ops, step by step.
import { scalar } from '../create.ts';
import type { Tensor } from '../tensor.ts';
import { sigmoid, tanh } from './activation.ts';
import { add, mul, sub } from './arithmetic.ts';
import { where } from './indexing.ts';
import { matmul } from './matmul.ts';
import { narrow, squeeze } from './movement.ts';

/** The weights of one direction of a recurrent layer. The rows of its gates are stacked. */
export interface RecurrentWeights {
  /** Input weights: [gates · hidden, in]. */
  readonly input: Tensor;
  /** State weights: [gates · hidden, hidden]. */
  readonly hidden: Tensor;
  /** Biases, [gates · hidden] each. */
  readonly inputBias?: Tensor | undefined;
  readonly hiddenBias?: Tensor | undefined;
}
/** [batch, hidden] each; the first is the output. */
export type States = readonly Tensor[];
/** Computes the next states from the input's contribution to the gates [batch, gates · hidden] and the previous states. */
export type RecurrentStep = (input: Tensor, states: States, weights: RecurrentWeights) => States;
type Activation = (x: Tensor) => Tensor;

const linear = (x: Tensor, w: Tensor, bias: Tensor | undefined): Tensor =>
  bias ? add(matmul(x, w, false, true), bias) : matmul(x, w, false, true);
const sizeOfState = ({ hidden }: RecurrentWeights): number => hidden.shape[1]!;

/** h' = f(gate) (Elman 1990). */
export const rnnStep =
  (f: Activation = tanh): RecurrentStep =>
  (input, [h], { hidden, hiddenBias }) => [f(add(input, linear(h!, hidden, hiddenBias)))];

/** Options of {@link gruStep}. */
export interface GruOptions {
  readonly activations?: readonly [gates: Activation, candidate: Activation];
  /** The order of the gates' rows; the candidate's come last. */
  readonly order?: { readonly reset: 0 | 1; readonly update: 0 | 1 };
  /** Whether the state is multiplied by its weights before the reset, as in PyTorch and cuDNN. */
  readonly linearBeforeReset?: boolean;
}
/** A gated recurrent unit (Cho et al. 2014). */
export const gruStep =
  ({
    activations: [f, g] = [sigmoid, tanh],
    order = { reset: 0, update: 1 },
    linearBeforeReset = true,
  }: GruOptions = {}): RecurrentStep =>
  (input, [h], weights) => {
    const { hidden, hiddenBias } = weights;
    const size = sizeOfState(weights);
    const gate = (x: Tensor, i: number): Tensor => narrow(x, 1, i * size, size);
    // If the state is reset first, the candidate's product needs the other gates.
    const part = (state: Tensor, from: number, count: number): Tensor =>
      linear(
        state,
        narrow(hidden, 0, from * size, count * size),
        hiddenBias && narrow(hiddenBias, 0, from * size, count * size),
      );
    const recurrent = linearBeforeReset ? linear(h!, hidden, hiddenBias) : part(h!, 0, 2);
    const update = f(add(gate(input, order.update), gate(recurrent, order.update)));
    const reset = f(add(gate(input, order.reset), gate(recurrent, order.reset)));
    const candidate = g(
      add(gate(input, 2), linearBeforeReset ? mul(reset, gate(recurrent, 2)) : part(mul(reset, h!), 2, 1)),
    );
    return [add(mul(sub(1, update), candidate), mul(update, h!))];
  };

/** Options of {@link lstmStep}. */
export interface LstmOptions {
  readonly activations?: readonly [gates: Activation, cell: Activation, output: Activation];
  /** The order of the gates' rows. Default: PyTorch's. */
  readonly order?: { readonly input: number; readonly forget: number; readonly cell: number; readonly output: number };
  /** Peephole weights of the cell state in the input, output and forget gates: [3 · hidden]. */
  readonly peepholes?: Tensor | undefined;
  /** Whether to couple the forget gate: forget = 1 − input. */
  readonly coupled?: boolean;
}
/** Long short-term memory: states are the output and the cell (Hochreiter and Schmidhuber 1997). */
export const lstmStep =
  ({
    activations: [f, g, last] = [sigmoid, tanh, tanh],
    order = { input: 0, forget: 1, cell: 2, output: 3 },
    peepholes,
    coupled = false,
  }: LstmOptions = {}): RecurrentStep =>
  (x, [h, c], weights) => {
    const size = sizeOfState(weights);
    const sums = add(x, linear(h!, weights.hidden, weights.hiddenBias));
    const gate = (i: number): Tensor => narrow(sums, 1, i * size, size);
    const peeped = (i: number, p: number, state: Tensor): Tensor =>
      peepholes ? add(gate(i), mul(narrow(peepholes, 0, p * size, size), state)) : gate(i);
    const input = f(peeped(order.input, 0, c!));
    const forget = coupled ? sub(1, input) : f(peeped(order.forget, 2, c!));
    const next = add(mul(forget, c!), mul(input, g(gate(order.cell))));
    return [mul(f(peeped(order.output, 1, next)), last(next)), next];
  };

/** Options of {@link unroll}. */
export interface UnrollOptions {
  readonly step: RecurrentStep;
  readonly weights: RecurrentWeights;
  readonly initial: States;
  /** Whether to run from the last step to the first. */
  readonly reverse?: boolean;
  /** If sequences differ in length: for each step, which ones are still running ([batch, 1], bool). The states of the others are kept, and their output is 0. */
  readonly alive?: ((t: number) => Tensor | undefined) | undefined;
}
/** Unrolls over time: [length, batch, in] → an output [batch, hidden] for each step, in time order, and the final states. */
export function unroll(
  x: Tensor,
  { step, weights, initial, reverse = false, alive }: UnrollOptions,
): { outputs: Tensor[]; last: States } {
  const length = x.shape[0]!;
  const outputs: Tensor[] = [];
  // The input's contribution to the gates is one product for all steps.
  const shares = linear(x, weights.input, weights.inputBias);
  let states = initial;
  for (let i = 0; i < length; i++) {
    const t = reverse ? length - 1 - i : i;
    const next = step(squeeze(narrow(shares, 0, t, 1), [0]), states, weights);
    const runs = alive?.(t);
    const old = states;
    states = runs ? next.map((state, k) => where(runs, state, old[k]!)) : next;
    outputs[t] = runs ? where(runs, next[0]!, scalar(0, x)) : next[0]!;
  }
  return { outputs, last: states };
}
