import {
  add,
  cast,
  clip,
  elu,
  full,
  greater,
  gruStep,
  hardSigmoid,
  leakyRelu,
  lstmStep,
  mul,
  narrow,
  type RecurrentStep,
  type RecurrentWeights,
  relu,
  rnnStep,
  sigmoid,
  softplus,
  softsign,
  squeeze,
  stack,
  tanh,
  type Tensor,
  tensor,
  upload,
  transpose,
  unroll,
} from '@graft/tensor';
import { checkSize, integersOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

type Activation = (x: Tensor, alpha: number | undefined, beta: number | undefined) => Tensor;
const activations: Readonly<Record<string, Activation>> = {
  relu,
  tanh,
  sigmoid,
  softplus,
  softsign,
  affine: (x, alpha = 1, beta = 0) => add(mul(x, alpha), beta),
  leakyrelu: (x, alpha = 0.01) => leakyRelu(x, alpha),
  thresholdedrelu: (x, alpha = 1) => mul(x, cast(greater(x, alpha), x.dtype)),
  scaledtanh: (x, alpha = 1, beta = 1) => mul(tanh(mul(x, beta)), alpha),
  hardsigmoid: (x, alpha = 0.2, beta = 0.5) => hardSigmoid(x, alpha, beta),
  elu: (x, alpha = 1) => elu(x, alpha),
};

interface Kind {
  readonly gates: number;
  readonly states: number;
  readonly defaults: readonly string[];
  /** The order of the gates is ONNX's. */
  step(
    activations: readonly ((x: Tensor) => Tensor)[],
    node: OperatorNode,
    peepholes: Tensor | undefined,
  ): RecurrentStep;
}

/** Inputs: x [length, batch, in], W, R, B, sequence lengths, initial states, peepholes; outputs: all steps, final states. */
function recurrent(
  { gates, states, defaults, step }: Kind,
  inputs: readonly (Tensor | undefined)[],
  node: OperatorNode,
): Tensor[] {
  const { attributes } = node;
  const batchFirst = attributes.int('layout', 0) === 1;
  const swapped = (t: Tensor): Tensor => (batchFirst ? transpose(t, [1, 0, ...t.shape.map((_, i) => i).slice(2)]) : t);
  const x = swapped(inputs[0]!);
  const [length, batch] = x.shape as [number, number];
  const hidden = attributes.int('hidden_size', inputs[2]!.shape[2]!);
  checkSize([batch, hidden]);
  const lengths = inputs[4] && integersOf(inputs[4], 'sequence_lens');
  const direction = attributes.string('direction', 'forward');
  const backwards = direction === 'bidirectional' ? [false, true] : [direction === 'reverse'];
  const own = (t: Tensor | undefined, d: number): Tensor | undefined => t && squeeze(narrow(t, 0, d, 1), [0]);
  const runs = backwards.map((reverse, d) => {
    const biases = own(inputs[3], d);
    const weights: RecurrentWeights = {
      input: own(inputs[1], d)!,
      hidden: own(inputs[2], d)!,
      inputBias: biases && narrow(biases, 0, 0, gates * hidden),
      hiddenBias: biases && narrow(biases, 0, gates * hidden, gates * hidden),
    };
    const initial = Array.from(
      { length: states },
      (_, i) => own(inputs[5 + i] && swapped(upload(inputs[5 + i]!, x.backend)), d) ?? full([batch, hidden], 0, x),
    );
    return unroll(x, {
      step: step(activationsOf(node, defaults, d), node, own(inputs[7], d)),
      weights,
      initial,
      reverse,
      alive: lengths && ((t) => aliveAt(t, lengths)),
    });
  });
  const all = stack(Array.from({ length }, (_, t) => stack(runs.map((run) => run.outputs[t]!))));
  const last = Array.from({ length: states }, (_, i) => swapped(stack(runs.map((run) => run.last[i]!))));
  return [batchFirst ? transpose(all, [2, 0, 1, 3]) : all, ...last];
}

/** The sequences still running at a step; undefined if all are. */
const aliveAt = (t: number, lengths: readonly number[]): Tensor | undefined =>
  lengths.every((one) => t < one)
    ? undefined
    : tensor(
        lengths.map((one) => Number(t < one)),
        { shape: [lengths.length, 1], dtype: 'bool' },
      );

function activationsOf(
  { attributes }: OperatorNode,
  defaults: readonly string[],
  direction: number,
): ((x: Tensor) => Tensor)[] {
  const names = attributes.strings('activations', undefined);
  const [alphas, betas] = [attributes.floats('activation_alpha', []), attributes.floats('activation_beta', [])];
  const limit = attributes.float('clip', 0);
  return defaults.map((otherwise, i) => {
    const at = direction * defaults.length + i;
    const f = activations[(names?.[at] ?? otherwise).toLowerCase()];
    if (!f) throw new Error(`its activation "${names?.[at]}" is not supported.`);
    return (x) => f(limit ? clip(x, -limit, limit) : x, alphas[at], betas[at]);
  });
}

const kinds: Readonly<Record<string, Kind>> = {
  RNN: { gates: 1, states: 1, defaults: ['Tanh'], step: ([f]) => rnnStep(f) },
  GRU: {
    gates: 3,
    states: 1,
    defaults: ['Sigmoid', 'Tanh'],
    step: ([f, g], { attributes }) =>
      gruStep({
        activations: [f!, g!],
        order: { update: 0, reset: 1 },
        linearBeforeReset: attributes.int('linear_before_reset', 0) === 1,
      }),
  },
  LSTM: {
    gates: 4,
    states: 2,
    defaults: ['Sigmoid', 'Tanh', 'Tanh'],
    step: ([f, g, last], { attributes }, peepholes) =>
      lstmStep({
        activations: [f!, g!, last!],
        order: { input: 0, output: 1, forget: 2, cell: 3 },
        peepholes,
        coupled: attributes.int('input_forget', 0) === 1,
      }),
  },
};

export const recurrentOperators: readonly OnnxOperator[] = Object.entries(kinds).map(([name, kind]) =>
  operator(name, 1, (inputs, node) => recurrent(kind, inputs, node), {
    inputs: [3, name === 'LSTM' ? 8 : 6],
    steering: [4, 5, 6],
  }),
);
