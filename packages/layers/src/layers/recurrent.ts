import {
  concat,
  dropout,
  full,
  gruStep,
  lstmStep,
  narrow,
  Parameter,
  Random,
  type RecurrentStep,
  relu,
  rnnStep,
  scope,
  squeeze,
  stack,
  tanh,
  type Tensor,
  transpose,
  unroll,
} from '@graft/tensor';
import { torchUniform } from '../initializers.ts';
import { Module } from '../module.ts';
import { initialise, weight } from '../parameters.ts';
import { inference, type Run } from '../run.ts';
import { nameOf, checkProbability, checkShape, checkInteger } from './check-shape.ts';

/** Options of recurrent layers. */
export interface RecurrentOptions {
  /** Features of each step and of the state. */
  readonly in: number;
  readonly hidden: number;
  /** Number of stacked layers. */
  readonly numLayers?: number;
  readonly bias?: boolean;
  /** Dropout of the outputs between layers, in training. */
  readonly dropout?: number;
  /** Whether to also read each sequence backwards; outputs are then concatenated. */
  readonly bidirectional?: boolean;
}

/** Options of {@link RNN}. */
export interface RNNOptions extends RecurrentOptions {
  readonly nonlinearity?: 'tanh' | 'relu';
}

/** The result of running over a sequence. */
export interface Sequence {
  /** The output of every step: [batch, length, hidden · directions]. */
  readonly output: Tensor;
  /** The final states, as in PyTorch: one tensor [layers · directions, batch, hidden], and for an LSTM the cells' as a second. */
  readonly states: readonly Tensor[];
}

/**
 * Recurrent layers over batch-first sequences: [batch, length, in] → [batch, length, hidden · directions]. Parameters are
 * named as in PyTorch: `weight_ih_l0`, `weight_hh_l0_reverse`, `bias_ih_l1` …
 */
abstract class Recurrent extends Module {
  readonly weights = new Map<string, Parameter>();
  /** Weights are named by their paths. */
  get childrenField(): string {
    return 'weights';
  }
  private readonly options: Required<RecurrentOptions>;
  private readonly step: RecurrentStep;
  private readonly states: number;

  constructor(
    kind: { readonly gates: number; readonly states: number; readonly step: RecurrentStep },
    {
      in: inputs,
      hidden,
      numLayers = 1,
      bias = true,
      dropout: probability = 0,
      bidirectional = false,
    }: RecurrentOptions,
  ) {
    super();
    checkInteger(new.target.name, { in: inputs, hidden, numLayers });
    checkProbability(new.target.name, probability);
    this.options = { in: inputs, hidden, numLayers, bias, dropout: probability, bidirectional };
    this.step = kind.step;
    this.states = kind.states;
    const rows = kind.gates * hidden;
    for (const [layer, suffix] of this.directions()) {
      this.weights.set(`weight_ih_${suffix}`, weight([rows, layer ? hidden * (bidirectional ? 2 : 1) : inputs]));
      this.weights.set(`weight_hh_${suffix}`, weight([rows, hidden]));
      if (!bias) continue;
      this.weights.set(`bias_ih_${suffix}`, weight([rows]));
      this.weights.set(`bias_hh_${suffix}`, weight([rows]));
    }
    this.reset(new Random(0));
  }

  /** The weights of each layer and direction, named as in PyTorch. */
  private *directions(): Generator<[layer: number, suffix: string]> {
    for (let layer = 0; layer < this.options.numLayers; layer++) {
      yield [layer, `l${layer}`];
      if (this.options.bidirectional) yield [layer, `l${layer}_reverse`];
    }
  }

  override reset(random: Random): void {
    for (const [name, parameter] of this.weights)
      initialise(parameter, torchUniform(this.options.hidden), random.fork(name));
  }

  override forward(x: Tensor, run: Run = inference): Tensor {
    return scope(() => this.unroll(x, {}, run).output);
  }

  /**
   * Computes outputs and final states.
   * @param options initial states as in {@link Sequence}, such as the final states of the previous sequence; default zeros
   */
  unroll(x: Tensor, { states }: { readonly states?: readonly Tensor[] } = {}, run: Run = inference): Sequence {
    const { in: inputs, hidden, numLayers, dropout: probability, bidirectional } = this.options;
    checkShape(this, x, ['batch', 'length', inputs]);
    if (x.shape[1] === 0)
      throw new Error(`${nameOf(this)} expects sequences of at least one step, got [${x.shape.join(', ')}].`);
    const count = numLayers * (bidirectional ? 2 : 1);
    if (states && states.length !== this.states)
      throw new Error(
        `${nameOf(this)} expects ${this.states} initial state${this.states > 1 ? 's' : ''}, got ${states.length}.`,
      );
    for (const state of states ?? []) checkShape(this, state, [count, x.shape[0]!, hidden]);
    return scope(() => {
      const last = Array.from({ length: this.states }, (): Tensor[] => []);
      let steps = transpose(x, [1, 0, 2]);
      let outputs: Tensor[] = [];
      for (const [i, [layer, suffix]] of [...this.directions()].entries()) {
        const reverse = suffix.endsWith('_reverse');
        if (layer && !reverse) {
          const whole = stack(outputs);
          steps = run.training && probability ? dropout(whole, probability, run.random.key()) : whole;
        }
        const value = (name: string): Tensor | undefined => this.weights.get(`${name}_${suffix}`)?.value;
        // A state of one row is used for the whole batch.
        const initial = Array.from({ length: this.states }, (_, k) =>
          states ? squeeze(narrow(states[k]!, 0, i, 1), [0]) : full([1, hidden], 0, x),
        );
        const one = unroll(steps, {
          step: this.step,
          weights: {
            input: value('weight_ih')!,
            hidden: value('weight_hh')!,
            inputBias: value('bias_ih'),
            hiddenBias: value('bias_hh'),
          },
          initial,
          reverse,
        });
        for (const [k, state] of one.last.entries()) last[k]!.push(state);
        outputs = reverse ? outputs.map((forward, t) => concat([forward, one.outputs[t]!], -1)) : one.outputs;
      }
      return { output: stack(outputs, 1), states: last.map((list) => stack(list)) };
    });
  }
}

/** h' = tanh(W·x + b + U·h + c), or with ReLU. (Elman 1990) */
export class RNN extends Recurrent {
  constructor({ nonlinearity = 'tanh', ...options }: RNNOptions) {
    if (nonlinearity !== 'tanh' && nonlinearity !== 'relu')
      throw new Error(`RNN expects nonlinearity to be tanh or relu, got "${String(nonlinearity)}".`);
    super({ gates: 1, states: 1, step: rnnStep(nonlinearity === 'relu' ? relu : tanh) }, options);
  }
}

/** Gated recurrent units. (Cho et al. 2014) */
export class GRU extends Recurrent {
  constructor(options: RecurrentOptions) {
    super({ gates: 3, states: 1, step: gruStep() }, options);
  }
}

/** Long short-term memory. (Hochreiter and Schmidhuber 1997) */
export class LSTM extends Recurrent {
  constructor(options: RecurrentOptions) {
    super({ gates: 4, states: 2, step: lstmStep() }, options);
  }
}
