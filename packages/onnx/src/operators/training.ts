import { add, div, mul, neg, sqrt, square, sub, type Tensor } from '@graft/tensor';
import { numberOf, type OnnxOperator, operator, type OperatorNode } from '../operator.ts';

const domain = 'ai.onnx.preview.training';
const any = Number.POSITIVE_INFINITY;

/** Computes new values of one weight and its states. */
type Update = (
  rate: number,
  step: number,
  weight: Tensor,
  gradient: Tensor,
  states: readonly Tensor[],
  attributes: OperatorNode['attributes'],
) => Tensor[];

/** Inputs: rate, step, then all weights, all gradients, and all states of each kind; outputs: all weights, all states of each kind. */
const optimizer = (opType: string, states: number, update: Update): OnnxOperator =>
  operator(
    opType,
    1,
    ([rate, step, ...rest], { attributes }) => {
      const count = rest.length / (2 + states);
      const of = (group: number, i: number): Tensor => rest[group * count + i]!;
      const updated = Array.from({ length: count }, (_, i) =>
        update(
          numberOf(rate!, 'rate'),
          numberOf(step!, 'step'),
          of(0, i),
          of(1, i),
          Array.from({ length: states }, (_unused, k) => of(2 + k, i)),
          attributes,
        ),
      );
      return Array.from({ length: 1 + states }, (_, k) => updated.map((one) => one[k]!)).flat();
    },
    { domain, inputs: [2, any], steering: [0, 1] },
  );

const decayed = (gradient: Tensor, weight: Tensor, share: number): Tensor => add(gradient, mul(weight, share));

/** Kingma and Ba (2015). */
const adam: Update = (rate, step, weight, gradient, [v, h], attributes) => {
  const [alpha, beta] = [attributes.float('alpha', 0.9), attributes.float('beta', 0.999)];
  const g = decayed(gradient, weight, attributes.float('norm_coefficient', 0));
  const mean = add(mul(v!, alpha), mul(g, 1 - alpha));
  const squares = add(mul(h!, beta), mul(square(g), 1 - beta));
  const own = step > 0 ? (rate * Math.sqrt(1 - beta ** step)) / (1 - alpha ** step) : rate;
  const moved = sub(weight, mul(div(mean, add(sqrt(squares), attributes.float('epsilon', 1e-6))), own));
  return [mul(moved, 1 - attributes.float('norm_coefficient_post', 0)), mean, squares];
};

/** Duchi et al. (2011). */
const adagrad: Update = (rate, step, weight, gradient, [h], attributes) => {
  const own = rate / (1 + step * attributes.float('decay_factor', 0));
  const g = decayed(gradient, weight, attributes.float('norm_coefficient', 0));
  const squares = add(h!, square(g));
  return [sub(weight, div(mul(g, own), add(sqrt(squares), attributes.float('epsilon', 1e-6)))), squares];
};

const momentum: Update = (rate, step, weight, gradient, [v], attributes) => {
  const alpha = attributes.float('alpha');
  const g = decayed(gradient, weight, attributes.float('norm_coefficient'));
  const velocity = add(mul(v!, alpha), mul(g, step > 0 ? attributes.float('beta') : 1));
  const direction = attributes.string('mode') === 'nesterov' ? add(g, mul(velocity, alpha)) : velocity;
  return [add(weight, neg(mul(direction, rate))), velocity];
};

export const trainingOperators: readonly OnnxOperator[] = [
  optimizer('Adam', 2, adam),
  optimizer('Adagrad', 1, adagrad),
  optimizer('Momentum', 1, momentum),
];
