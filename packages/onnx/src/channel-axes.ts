import type { OnnxGraphNode, OnnxModel } from './onnx-model.ts';
import { dataInputs, weightDerived } from './weight-derived.ts';

/** Operators whose output has the channels second. */
const channelsSecond =
  /^(Conv|FusedConv|CausalConvWithState|ConvTranspose|ConvInteger|QLinearConv|MaxPool|AveragePool|LpPool|GlobalAveragePool|GlobalMaxPool|BatchNormalization|InstanceNormalization|GroupNormalization)$/;
/** Operators whose output has the channels last if their second input consists of weights. */
const channelsLast = /^(MatMul|FusedMatMul|MatMulInteger|QLinearMatMul|MatMulNBits|Gemm|FusedGemm)$/;
/** Operators that keep the meaning of each axis, with the main input first. */
const sameAxes =
  /^(Add|Sub|Mul|Div|Relu|LeakyRelu|PRelu|Elu|Selu|Celu|Gelu|FastGelu|BiasGelu|QuickGelu|Erf|Sigmoid|HardSigmoid|HardSwish|Swish|Mish|Softplus|Softsign|Tanh|Clip|Min|Max|Pow|Sqrt|Dropout|Identity|Cast|Pad|Concat|Slice|Resize|Upsample|Softmax|LpNormalization|SkipLayerNormalization|QuantizeLinear|DequantizeLinear|DynamicQuantizeLinear|RMSNormalization|SimplifiedLayerNormalization|LRN)$/;
/** Operators that may only add or remove dimensions of size 1. */
const reshaping = /^(Reshape|Squeeze|Unsqueeze)$/;

const withoutOnes = (shape: readonly number[]): string => shape.filter((size) => size !== 1).join();

/**
 * The axis of the channels in each value with a known meaning: 1 after a convolution, the last one after a layer on tokens, moved by a Transpose.
 * @param shapeOf shapes of the graph's values
 */
export function channelAxes(
  graph: Pick<OnnxModel, 'nodes' | 'weights' | 'constants' | 'inputs'>,
  shapeOf: (value: string) => readonly number[] | undefined,
): ReadonlyMap<string, number> {
  const axes = new Map<string, number>();
  const isWeight = weightDerived(graph);
  for (const name of graph.inputs) {
    const shape = shapeOf(name);
    if (shape?.length !== 4 && shape?.length !== 3) continue;
    if (shape.length === 4) axes.set(name, !isImageDepth(shape[1]!) && isImageDepth(shape[3]!) ? 3 : 1);
  }
  for (const node of graph.nodes) {
    const [name = ''] = node.outputs;
    const axis = axisAfter(node, axes, isWeight, shapeOf);
    if (axis !== undefined) axes.set(name, axis);
  }
  return axes;
}

const isImageDepth = (size: number): boolean => size === 1 || size === 3 || size === 4;

function axisAfter(
  node: OnnxGraphNode,
  axes: ReadonlyMap<string, number>,
  isWeight: (value: string) => boolean,
  shapeOf: (value: string) => readonly number[] | undefined,
): number | undefined {
  const { type, inputs, outputs, source } = node;
  const shape = shapeOf(outputs[0] ?? '');
  if (!shape) return undefined;
  if (channelsSecond.test(type)) return 1;
  if (channelsLast.test(type) && inputs[1] && isWeight(inputs[1])) return shape.length - 1;
  const all = dataInputs(node).filter((one) => !isWeight(one));
  // Where values are combined, one of them may come from an operator that is not followed.
  const data =
    (sameAxes.test(type) && all.find((one) => axes.has(one) && shapeOf(one)?.length === shape.length)) || all[0];
  if (data === undefined) return undefined;
  const axis = axes.get(data);
  const before = shapeOf(data);
  if (type === 'LayerNormalization') return axis ?? shape.length - 1;
  if (axis === undefined || !before) return undefined;
  if (type === 'Transpose') {
    const moved = source.attributes.ints('perm', before.map((_, i) => i).reverse()).indexOf(axis);
    return moved < 0 ? undefined : moved;
  }
  if (sameAxes.test(type)) return before.length === shape.length ? axis : undefined;
  if (type.startsWith('Reduce') || reshaping.test(type)) {
    if (before.length === shape.length && shape[axis] === before[axis]) return axis;
    if (!reshaping.test(type) || withoutOnes(shape) !== withoutOnes(before)) return lastKept(axis, before, shape);
    // Only sizes of 1 were added or removed: the channels follow the same other sizes as before.
    const others = withoutOnes(before.slice(0, axis));
    const moved = shape.findIndex(
      (size, i) => size === before[axis] && withoutOnes(shape.slice(0, i)) === others && (i > 0 || axis === 0),
    );
    return moved < 0 ? undefined : moved;
  }
  return undefined;
}

/** Tokens that are split or merged stay in front of the channels, if those are last. */
const lastKept = (axis: number, before: readonly number[], shape: readonly number[]): number | undefined =>
  axis === before.length - 1 && shape.at(-1) === before[axis] ? shape.length - 1 : undefined;
