import { axisOf, concat, narrow, integers, squeeze, stack, type Tensor, tensor } from '@graft/tensor';
import { elementsOf, kindOf, optionalOf, presentIn, sequenceOf, shared } from '../collections.ts';
import {
  integerOf,
  integersOf,
  type OnnxOperator,
  operator,
  type OperatorContext,
  type OperatorNode,
} from '../operator.ts';
import { repeated } from '../work-budget.ts';

const any = Number.POSITIVE_INFINITY;
const truth = (value: boolean): Tensor => tensor([Number(value)], { shape: [], dtype: 'bool' });

/** A position in a sequence, from the back if negative. */
function placeOf(position: Tensor, length: number): number {
  const [at] = integersOf(position, 'position') as [number];
  const own = at < 0 ? at + length : at;
  if (own < 0 || own >= length) throw new Error(`position ${at} is outside a sequence of ${length}.`);
  return own;
}

/** Every insertion copies the sequence. */
const longest = 2 ** 14;

function inserted(sequence: Tensor, element: Tensor, position: Tensor | undefined): Tensor {
  const all = elementsOf(sequence);
  if (all.length >= longest) throw new Error(`a sequence may have at most ${longest} elements.`);
  const at = position ? integerOf(position, 'position') : all.length;
  return sequenceOf(all.toSpliced(at < 0 ? at + all.length : at, 0, element));
}

/** Splits into parts of equal size, of given sizes, or of one element without its axis. */
function splitIntoSequence(x: Tensor, sizes: Tensor | undefined, { attributes }: OperatorNode): Tensor {
  const axis = axisOf(attributes.int('axis', 0), x.rank);
  const length = x.shape[axis] ?? 0;
  const keeps = Boolean(sizes) || attributes.int('keepdims', 1) === 1;
  const given = sizes ? integersOf(sizes, 'split') : [1];
  const each = given[0]!;
  const own =
    sizes && sizes.rank > 0
      ? given
      : Array.from({ length: each > 0 ? Math.ceil(length / each) : 0 }, (_, i) => Math.min(each, length - i * each));
  if (own.some((size) => size < 0) || own.reduce((a, b) => a + b, 0) !== length)
    throw new Error(`cannot split ${length} elements along axis ${axis} into ${own.join(' + ') || 'parts of none'}.`);
  let start = 0;
  const parts = own.map((size) => narrow(x, axis, (start += size) - size, size));
  return sequenceOf(keeps ? parts : parts.map((part) => squeeze(part, [axis])));
}

/** Runs a graph on each element of a sequence (and of other sequences in parallel); tensors are passed to each call. */
function mapped(inputs: readonly (Tensor | undefined)[], context: OperatorContext): Tensor[] {
  const body = context.subgraph('body');
  const given = inputs as readonly Tensor[];
  const { length } = elementsOf(given[0]!);
  const results = Array.from({ length }, (_, i) =>
    repeated(() =>
      body.run(given.map((one) => (kindOf(one) === 'sequence' ? (elementsOf(one)[i] ?? missing(i)) : one))),
    ),
  );
  return Array.from({ length: body.outputs }, (_, k) => sequenceOf(results.map((result) => result[k]!)));
}

const missing = (i: number): never => {
  throw new Error(`its sequences differ in length: one has no element ${i}.`);
};

/** @throws if it is empty */
function present(x: Tensor): Tensor {
  const inside = presentIn(x);
  if (!inside) throw new Error('its optional input is empty: check OptionalHasElement first.');
  return shared(inside);
}

export const sequenceOperators: readonly OnnxOperator[] = [
  operator('SequenceEmpty', 11, () => sequenceOf([]), { inputs: 0 }),
  operator('SequenceConstruct', 11, (inputs) => sequenceOf(inputs as Tensor[]), { inputs: [1, any] }),
  operator(
    'SequenceAt',
    11,
    ([sequence, position]) => shared(elementsOf(sequence!)[placeOf(position!, elementsOf(sequence!).length)]!),
    { inputs: 2, steering: [1] },
  ),
  operator('SequenceLength', 11, ([sequence]) => integers([elementsOf(sequence!).length], [])),
  operator('SequenceInsert', 11, ([sequence, element, position]) => inserted(sequence!, element!, position), {
    inputs: [2, 3],
    steering: [2],
  }),
  operator(
    'SequenceErase',
    11,
    ([sequence, position]) => {
      const all = elementsOf(sequence!);
      return sequenceOf(all.toSpliced(position ? placeOf(position, all.length) : all.length - 1, 1));
    },
    { inputs: [1, 2], steering: [1] },
  ),
  operator('SplitToSequence', 11, ([x, sizes], node) => splitIntoSequence(x!, sizes, node), {
    inputs: [1, 2],
    steering: [1],
  }),
  operator('ConcatFromSequence', 11, ([sequence], { attributes }) => {
    const axis = attributes.int('axis');
    return attributes.int('new_axis', 0) ? stack(elementsOf(sequence!), axis) : concat(elementsOf(sequence!), axis);
  }),
  operator('SequenceMap', 17, (inputs, _, context) => mapped(inputs, context), { inputs: [1, any] }),
  operator('Optional', 15, ([x]) => optionalOf(x), { inputs: [0, 1] }),
  operator('OptionalHasElement', 15, ([x]) => truth(x !== undefined && presentIn(x) !== undefined), { inputs: [0, 1] }),
  operator('OptionalGetElement', 15, ([x]) => present(x!)),
];
