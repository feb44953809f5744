import { add, div, mul, neg, sqrt, sub } from '../ops/arithmetic.ts';
import { BatchNorm, type BatchNormAttrs } from '../ops/normalization.ts';
import { Conv2d } from '../ops/convolution.ts';
import { filled } from '../create.ts';
import { narrow, reshape, expand } from '../ops/movement.ts';
import type { Tensor } from '../tensor.ts';
import type { GraphCall, GraphValue } from '../trace.ts';
import type { GraphView, Rewrite } from './rewrite.ts';

/** An affine map after a convolution: y · scale + shift per output channel. */
interface ChannelAffine {
  /** The convolution's output. */
  readonly of: GraphValue;
  /** [channels] each. */
  readonly scale: Tensor;
  readonly shift: Tensor;
}

/** Folds a batch norm, or a sum, difference, product or quotient with a constant, into the preceding convolution with fixed weights. */
export const foldIntoConvolution: Rewrite = (call, view) => {
  const affine = batchNormAffine(call, view) ?? arithmeticAffine(call, view);
  if (!affine || !view.usedOnce(affine.of)) return undefined;
  const convolution = view.made(affine.of);
  if (convolution?.op !== Conv2d) return undefined;
  const [x, w, b] = convolution.inputs;
  const [weight, bias] = [view.constant(w!), b ? view.constant(b) : undefined];
  if (!weight || (b && !bias)) return undefined;
  const { scale, shift } = affine;
  const scaled = mul(weight, reshape(scale, [-1, 1, 1, 1]));
  const moved = bias ? add(mul(bias, scale), shift) : shift;
  return {
    op: Conv2d,
    inputs: [x!, view.hold(scaled), view.hold(moved)],
    output: call.output,
    attrs: convolution.attrs,
  };
};

function batchNormAffine({ op, inputs, attrs }: GraphCall, view: GraphView): ChannelAffine | undefined {
  if (op !== BatchNorm || (attrs as BatchNormAttrs).training) return undefined;
  const [weight, bias, moments] = inputs.slice(1).map((input) => view.constant(input));
  if (!weight || !bias || !moments) return undefined;
  const row = (i: number): Tensor => reshape(narrow(moments, 0, i, 1), [-1]);
  const scale = div(weight, sqrt(add(row(1), (attrs as BatchNormAttrs).epsilon)));
  return { of: inputs[0]!, scale, shift: sub(bias, mul(row(0), scale)) };
}

function arithmeticAffine({ op, inputs, output }: GraphCall, view: GraphView): ChannelAffine | undefined {
  if (!['add', 'sub', 'mul', 'div'].includes(op.name) || output.shape.length !== 4) return undefined;
  const side = inputs.findIndex((input) => view.constant(input));
  if (side < 0 || (op.name === 'div' && side === 0)) return undefined;
  const of = inputs[1 - side]!;
  const constant = byChannel(view.constant(inputs[side]!)!, output.shape[1]!);
  if (!constant || of.shape.join() !== output.shape.join()) return undefined;
  const one = filled(constant, 1);
  const zero = filled(constant, 0);
  if (op.name === 'add') return { of, scale: one, shift: constant };
  if (op.name === 'sub')
    return side === 0 ? { of, scale: neg(one), shift: constant } : { of, scale: one, shift: neg(constant) };
  return { of, scale: op.name === 'mul' ? constant : div(one, constant), shift: zero };
}

/** A constant that varies only by channel, as [channels]. */
function byChannel(constant: Tensor, channels: number): Tensor | undefined {
  const dims = Array.from({ length: 4 }, (_, i) => constant.shape[constant.rank - 4 + i] ?? 1);
  if (constant.rank > 4 || dims[0] !== 1 || dims[2] !== 1 || dims[3] !== 1 || (dims[1] !== 1 && dims[1] !== channels))
    return undefined;
  const flat = reshape(constant, [-1]);
  return flat.size === channels ? flat : expand(flat, [channels]);
}
