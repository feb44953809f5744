import { cast, type DType, less, type Shape, type Tensor, tensor, upload, toArray } from '@graft/tensor';
import {
  checkListed,
  numbersOf,
  type OnnxOperator,
  operator,
  type OperatorContext,
  type OperatorNode,
} from '../operator.ts';
import { dtypeOf } from '../proto/data-types.ts';

/** Numbers from the run's random generator: determined by seed and step, and different from other frameworks'. */
function drawn(
  shape: Shape,
  dtype: DType,
  { name, attributes }: OperatorNode,
  { run }: OperatorContext,
  draw: (random: ReturnType<OperatorContext['run']['random']['fork']>) => number,
): Tensor {
  const random = run.random.fork('onnx', name, attributes.float('seed', 0));
  const size = checkListed(shape).reduce((product, dim) => product * dim, 1);
  return tensor(
    toArray(
      Array.from({ length: size }, () => draw(random)),
      dtype,
    ),
    { shape, dtype },
  );
}

type ShapeOf = (inputs: readonly (Tensor | undefined)[], node: OperatorNode) => readonly [shape: Shape, dtype: DType];
const asAsked: ShapeOf = (_, { attributes }) => [
  attributes.ints('shape'),
  dtypeOf(attributes.int('dtype', 1)) ?? 'float32',
];
const likeInput: ShapeOf = ([x], { attributes }) => [x!.shape, dtypeOf(attributes.int('dtype', 0)) ?? x!.dtype];

const uniform =
  (shapeOf: ShapeOf): OnnxOperator['run'] =>
  (inputs, node, context) => {
    const [low, high] = [node.attributes.float('low', 0), node.attributes.float('high', 1)];
    return drawn(...shapeOf(inputs, node), node, context, (random) => low + (high - low) * random.next());
  };
const normal =
  (shapeOf: ShapeOf): OnnxOperator['run'] =>
  (inputs, node, context) => {
    const [mean, scale] = [node.attributes.float('mean', 0), node.attributes.float('scale', 1)];
    return drawn(...shapeOf(inputs, node), node, context, (random) => mean + scale * random.normal());
  };

/** 1 with each element's probability, otherwise 0. */
function bernoulli(x: Tensor, node: OperatorNode, context: OperatorContext): Tensor {
  const hit = less(
    upload(
      drawn(x.shape, x.dtype, node, context, (random) => random.next()),
      x.backend,
    ),
    x,
  );
  return cast(hit, dtypeOf(node.attributes.int('dtype', 0)) ?? x.dtype);
}

/** Classes drawn by unnormalised log-probabilities: [batch, classes] → [batch, draws]. */
function multinomial(x: Tensor, node: OperatorNode, context: OperatorContext): Tensor {
  const [batch, classes] = x.shape as [number, number];
  if (x.rank !== 2 || !classes) throw new Error(`it draws from [batch, classes], got [${x.shape}].`);
  const draws = node.attributes.int('sample_size', 1);
  const [shape, logs] = [checkListed([batch, draws]), numbersOf(x, 'input')];
  const drawn01 = drawn(shape, 'float64', node, context, (random) => random.next());
  const sums = Array.from({ length: batch }, (_, n) => {
    const row = logs.slice(n * classes, (n + 1) * classes);
    const greatest = row.reduce((a, b) => Math.max(a, b));
    let sum = 0;
    return row.map((log) => (sum += Math.exp(log - greatest)));
  });
  const chosen = numbersOf(drawn01, 'draws').map((share, i) => {
    const row = sums[Math.floor(i / draws)]!;
    const at = row.findIndex((sum) => sum > share * row.at(-1)!);
    return at < 0 ? classes - 1 : at;
  });
  return tensor(chosen, { shape, dtype: dtypeOf(node.attributes.int('dtype', 6)) ?? 'int32' });
}

export const randomOperators: readonly OnnxOperator[] = [
  operator('RandomUniform', 1, uniform(asAsked), { inputs: 0 }),
  operator('RandomUniformLike', 1, uniform(likeInput)),
  operator('RandomNormal', 1, normal(asAsked), { inputs: 0 }),
  operator('RandomNormalLike', 1, normal(likeInput)),
  operator('Multinomial', 7, ([x], node, context) => multinomial(x!, node, context)),
  operator('Bernoulli', 15, ([x], node, context) => bernoulli(x!, node, context)),
];
