import { abs, add, cast, clip, div, elu, full, greater, hardSigmoid, leakyRelu, matmul, mul, narrow, relu, sigmoid, softplus, squeeze, stack, sub, tanh, type Tensor, tensor, to, transpose, where } from '@graft/tensor';
import { checkSize, integersOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

type Activation = (x: Tensor, alpha: number | undefined, beta: number | undefined) => Tensor;
const activations: Readonly<Record<string, Activation>> = {
  relu, tanh, sigmoid, softplus,
  affine: (x, alpha = 1, beta = 0) => add(mul(x, alpha), beta),
  leakyrelu: (x, alpha = 0.01) => leakyRelu(x, alpha),
  thresholdedrelu: (x, alpha = 1) => mul(x, cast(greater(x, alpha), x.dtype)),
  scaledtanh: (x, alpha = 1, beta = 1) => mul(tanh(mul(x, beta)), alpha),
  hardsigmoid: (x, alpha = 0.2, beta = 0.5) => hardSigmoid(x, alpha, beta),
  elu: (x, alpha = 1) => elu(x, alpha),
  softsign: (x) => div(x, add(abs(x), 1)),
};

/** What one direction of a recurrent layer computes with. */
interface Cell {
  /** Weights [gates · hidden, in], recurrent weights [gates · hidden, hidden], biases of both [gates · hidden]. */
  readonly w: Tensor;
  readonly r: Tensor;
  readonly wb: Tensor | undefined;
  readonly rb: Tensor | undefined;
  readonly peepholes: Tensor | undefined;
  readonly activate: readonly ((x: Tensor) => Tensor)[];
  readonly hidden: number;
  readonly node: OperatorNode;
}
type States = readonly Tensor[];
/** From an input [batch, in] and states [batch, hidden] to the next states; the first is the output. */
type Step = (x: Tensor, states: States, cell: Cell) => States;

const linear = (x: Tensor, w: Tensor, bias: Tensor | undefined): Tensor => (bias ? add(matmul(x, w, false, true), bias) : matmul(x, w, false, true));
const gate = (x: Tensor, i: number, hidden: number): Tensor => narrow(x, 1, i * hidden, hidden);

const rnnStep: Step = (x, [h], { w, r, wb, rb, activate }) => [activate[0]!(add(linear(x, w, wb), linear(h!, r, rb)))];

/** Gates: update, reset, hidden. */
const gruStep: Step = (x, [h], { w, r, wb, rb, activate: [f, g], hidden, node }) => {
  const input = linear(x, w, wb);
  const rows = (v: Tensor, from: number, count: number): Tensor => narrow(v, 0, from * hidden, count * hidden);
  const recurrent = linear(h!, rows(r, 0, 2), rb && rows(rb, 0, 2));
  const z = f!(add(gate(input, 0, hidden), gate(recurrent, 0, hidden)));
  const reset = f!(add(gate(input, 1, hidden), gate(recurrent, 1, hidden)));
  const [rh, rbh] = [rows(r, 2, 1), rb && rows(rb, 2, 1)];
  const own = node.attributes.int('linear_before_reset', 0) ? mul(reset, linear(h!, rh, rbh)) : linear(mul(reset, h!), rh, rbh);
  const candidate = g!(add(gate(input, 2, hidden), own));
  return [add(mul(sub(1, z), candidate), mul(z, h!))];
};

/** Gates: input, output, forget, cell; peepholes: input, output, forget. */
const lstmStep: Step = (x, [h, c], { w, r, wb, rb, peepholes, activate: [f, g, last], hidden, node }) => {
  const sums = add(linear(x, w, wb), linear(h!, r, rb));
  const peeped = (i: number, p: number, state: Tensor): Tensor => (peepholes ? add(gate(sums, i, hidden), mul(narrow(peepholes, 0, p * hidden, hidden), state)) : gate(sums, i, hidden));
  const input = f!(peeped(0, 0, c!));
  const forget = node.attributes.int('input_forget', 0) ? sub(1, input) : f!(peeped(2, 2, c!));
  const next = add(mul(forget, c!), mul(input, g!(gate(sums, 3, hidden))));
  const output = f!(peeped(1, 1, next));
  return [mul(output, last!(next)), next];
};

interface Kind {
  readonly gates: number;
  readonly states: number;
  readonly defaults: readonly string[];
  readonly step: Step;
}

/** Inputs: x [length, batch, in], W, R, B, sequence lengths, initial states, peepholes; outputs: all steps, last states. */
function recurrent({ gates, states, defaults, step }: Kind, inputs: readonly (Tensor | undefined)[], node: OperatorNode): Tensor[] {
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
    const cell: Cell = {
      w: own(inputs[1], d)!, r: own(inputs[2], d)!, wb: biases && narrow(biases, 0, 0, gates * hidden), rb: biases && narrow(biases, 0, gates * hidden, gates * hidden),
      peepholes: own(inputs[7], d), hidden, node, activate: activationsOf(node, defaults, d),
    };
    const initial = Array.from({ length: states }, (_, i) => own(inputs[5 + i] && swapped(to(inputs[5 + i]!, x.backend)), d) ?? full([batch, hidden], 0, x));
    return unrolled(x, { cell, step, initial, reverse, lengths });
  });
  const all = stack(Array.from({ length }, (_, t) => stack(runs.map((run) => run.outputs[t]!))));
  const last = Array.from({ length: states }, (_, i) => swapped(stack(runs.map((run) => run.last[i]!))));
  return [batchFirst ? transpose(all, [2, 0, 1, 3]) : all, ...last];
}

/** Steps through time; where a sequence has ended its states stay and its output is 0. */
function unrolled(x: Tensor, { cell, step, initial, reverse, lengths }: { cell: Cell; step: Step; initial: States; reverse: boolean; lengths: readonly number[] | undefined }): { outputs: Tensor[]; last: States } {
  const length = x.shape[0]!;
  const outputs: Tensor[] = [];
  let states = initial;
  for (let i = 0; i < length; i++) {
    const t = reverse ? length - 1 - i : i;
    const next = step(squeeze(narrow(x, 0, t, 1), [0]), states, cell);
    if (!lengths || lengths.every((one) => t < one)) {
      states = next;
      outputs[t] = next[0]!;
      continue;
    }
    const alive = tensor(lengths.map((one) => Number(t < one)), { shape: [lengths.length, 1], dtype: 'bool' });
    const old = states;
    states = next.map((state, k) => where(alive, state, old[k]!));
    outputs[t] = where(alive, next[0]!, full([], 0, x));
  }
  return { outputs, last: states };
}

function activationsOf({ attributes }: OperatorNode, defaults: readonly string[], direction: number): ((x: Tensor) => Tensor)[] {
  const names = attributes.strings('activations', undefined);
  const [alphas, betas] = [attributes.floats('activation_alpha', []), attributes.floats('activation_beta', [])];
  const limit = attributes.float('clip', 0);
  return defaults.map((otherwise, i) => {
    const at = direction * defaults.length + i;
    const f = activations[(names?.[at] ?? otherwise).toLowerCase()];
    if (!f) throw new Error(`its activation "${names?.[at]}" is not known.`);
    return (x) => f(limit ? clip(x, -limit, limit) : x, alphas[at], betas[at]);
  });
}

const kinds: Readonly<Record<string, Kind>> = {
  RNN: { gates: 1, states: 1, defaults: ['Tanh'], step: rnnStep },
  GRU: { gates: 3, states: 1, defaults: ['Sigmoid', 'Tanh'], step: gruStep },
  LSTM: { gates: 4, states: 2, defaults: ['Sigmoid', 'Tanh', 'Tanh'], step: lstmStep },
};

export const recurrentOperators: readonly OnnxOperator[] = Object.entries(kinds).map(([name, kind]) =>
  operator(name, 1, (inputs, node) => recurrent(kind, inputs, node), { inputs: [3, name === 'LSTM' ? 8 : 6], steering: [4, 5, 6] }));
