import { isFloat, type TensorSpec } from '@graft/tensor';
import { inferShapes, type ShapeOptions } from './infer-shapes.ts';
import type { OnnxModel } from './onnx-model.ts';

/** A value at which a network can be cut: everything after it is computed from it alone. */
export interface CandidateCut {
  /** The value's name, for `cut()`. */
  readonly value: string;
  /** The operator that computes it. */
  readonly type: string;
  readonly shape: readonly number[];
  /** Size of a feature vector, or number of channels of a feature map. */
  readonly features: number;
  readonly kind: FeatureKind;
}

/**
 * `vector`: [batch, features], or the same with sizes of 1 behind it, as a pooling leaves them; `map`: [batch, channels, height, width] or
 * [batch, channels, length]; `sequence`: [batch, length, features].
 */
export type FeatureKind = 'vector' | 'map' | 'sequence';

/**
 * Finds values at which a new head can be attached, last first: feature vectors from a pooling, and the last feature map of each
 * size. Values in branches, such as the pooling of squeeze-and-excitation, are excluded.
 */
export function candidateCuts(model: OnnxModel, options: ShapeOptions = {}): CandidateCut[] {
  return cutsAmong(model, inferShapes(model, options));
}

/** {@link candidateCuts} if the shapes of the graph's values are known. */
export function cutsAmong(model: OnnxModel, specs: ReadonlyMap<string, TensorSpec>): CandidateCut[] {
  const found: CandidateCut[] = [];
  const end = headOf(model);
  const kindOf = featureKinds(model, (one) => specs.get(one)?.shape);
  for (const [index, name] of lonelyValues(model, specs)) {
    const { shape } = specs.get(name)!;
    const kind = kindOf(name);
    if (!kind || index >= end) continue;
    found.push({
      value: name,
      type: model.nodes[index]!.type,
      shape,
      features: kind === 'sequence' ? shape[2]! : shape[1]!,
      kind,
    });
  }
  // Of consecutive values of the same shape, use the last one: after batch norm and activation.
  return found.filter((cut, i) => found[i + 1]?.shape.join() !== cut.shape.join()).reverse();
}

/** Operators that reduce a map to one number. */
const pooling = /pool|reducemean|reducemax/i;

/**
 * The feature map from which a network's output is pooled, if any: the last one from which alone everything after it is computed. `cut()` and
 * `after()` split the network there.
 */
export function mapBeforePooling(model: OnnxModel, options: ShapeOptions = {}): string | undefined {
  const specs = inferShapes(model, options);
  const [, map] =
    lonelyValues(model, specs).findLast(([, name]) => {
      const { shape } = specs.get(name)!;
      return shape.length === 4 && shape[2]! * shape[3]! > 1;
    }) ?? [];
  return map !== undefined && model.nodes.some(({ inputs, type }) => inputs[0] === map && pooling.test(type))
    ? map
    : undefined;
}

/** The default cut for a head: the last pooled features, otherwise the last feature map. */
export const defaultCut = (cuts: readonly CandidateCut[]): CandidateCut | undefined =>
  cuts.find(({ kind, type }) => kind === 'vector' && pooling.test(type)) ??
  cuts.find(({ kind }) => kind === 'map') ??
  cuts[0];

/**
 * Index of the first node of the output layer, the file's last layer. If its result is added to a shortcut, it ends a block
 * rather than the network: an encoder has no head, and outputs features.
 */
function headOf({ file, nodes, weights, constants }: OnnxModel): number {
  const isFixed = (name: string): boolean => weights.has(name) || constants.has(name);
  const layer = file.nodes.findLast(
    (node) =>
      /^(Conv|ConvTranspose|Gemm|MatMul)$/.test(node.opType) &&
      node.inputs.some((name) => file.constants.has(name) || file.handedOut.has(name)),
  );
  const last = nodes.findIndex(({ source }) => source === layer);
  if (last < 0) return nodes.length; // already cut off
  let [value] = nodes[last]?.outputs ?? [];
  for (const node of nodes.slice(last + 1)) {
    if (value === undefined || !node.inputs.includes(value)) continue;
    const others = node.inputs.filter((name) => name !== value && !isFixed(name));
    if (node.type === 'Add' && others.length > 0) return nodes.length;
    // Bias, layer scale and dropout are part of the layer.
    if (!/^(Add|Mul|Dropout|Identity)$/.test(node.type)) return last;
    [value] = node.outputs;
  }
  return last;
}

/** Values that alone determine the rest of the graph, with the index of the node that computes them. */
function lonelyValues(
  { nodes, outputs, inputs }: OnnxModel,
  specs: ReadonlyMap<string, TensorSpec>,
): [index: number, name: string][] {
  const counts = (name: string): boolean => specs.has(name) && isFloat(specs.get(name)!.dtype);
  const lastUse = new Map<string, number>();
  for (const [i, node] of nodes.entries()) for (const name of node.inputs) lastUse.set(name, i);
  for (const name of outputs) lastUse.set(name, nodes.length);
  const alive = new Set(inputs);
  const lonely: [number, string][] = [];
  for (const [i, node] of nodes.entries()) {
    for (const name of node.outputs) if (name && counts(name) && (lastUse.get(name) ?? -1) > i) alive.add(name);
    for (const name of node.inputs) if (lastUse.get(name) === i) alive.delete(name);
    const [only] = alive;
    if (alive.size === 1 && node.outputs.includes(only!)) lonely.push([i, only!]);
  }
  return lonely;
}

/** Operators whose output has the channels second. */
const channelsFirst = /^(Conv|ConvTranspose|MaxPool|AveragePool|LpPool|BatchNormalization|InstanceNormalization)$/;
/** Operators that keep the meaning of each axis, with the main input first. */
const sameAxes =
  /^(Add|Sub|Mul|Div|Relu|LeakyRelu|PRelu|Elu|Selu|Gelu|Erf|Sigmoid|HardSigmoid|HardSwish|Swish|Mish|Softplus|Tanh|Clip|Dropout|Identity|Cast|Pad)$/;

/** Operators that may only add or remove dimensions of size 1. */
const reshaping = /^(Reshape|Squeeze|Unsqueeze)$/;

/** Whether two shapes are the same without sizes of 1. */
const differsInOnes = (a: readonly number[], b: readonly number[]): boolean =>
  a.filter((size) => size !== 1).join() === b.filter((size) => size !== 1).join();

/**
 * The kind of features that a value of a graph is. With three dimensions the operators before it decide: after a convolution it is a map
 * [batch, channels, length], otherwise a sequence [batch, length, features].
 * @param shapeOf shapes of the graph's values
 * @returns undefined if no head fits the shape
 */
export const featureKind = (
  graph: Pick<OnnxModel, 'nodes' | 'weights' | 'constants'>,
  value: string,
  shapeOf: (value: string) => readonly number[] | undefined,
): FeatureKind | undefined => featureKinds(graph, shapeOf)(value);

/** {@link featureKind} of many values of one graph. */
function featureKinds(
  { nodes, weights, constants }: Pick<OnnxModel, 'nodes' | 'weights' | 'constants'>,
  shapeOf: (value: string) => readonly number[] | undefined,
): (value: string) => FeatureKind | undefined {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const known = new Map<string, FeatureKind>();
  /** The kind by the operator that computes a value, or the earlier value that decides. */
  const kindOrSource = (value: string): { kind: FeatureKind } | { source: string } => {
    const { type = '', inputs = [] } = makers.get(value) ?? {};
    if (channelsFirst.test(type)) return { kind: 'map' };
    const [from, to] = [shapeOf(inputs[0]!), shapeOf(value)];
    if (!sameAxes.test(type) && !(reshaping.test(type) && from && to && differsInOnes(from, to)))
      return { kind: 'sequence' };
    const source = inputs.find((one) => one && !weights.has(one) && !constants.has(one));
    return source === undefined ? { kind: 'sequence' } : { source };
  };
  return (value) => {
    const shape = shapeOf(value);
    if (!shape || shape.length < 2 || shape.length > 4) return undefined;
    if (shape.slice(2).every((size) => size === 1)) return 'vector';
    if (shape.length === 4) return 'map';
    const passed: string[] = [];
    let kind: FeatureKind | undefined;
    for (let name = value; !kind;) {
      passed.push(name);
      const found = kindOrSource(name);
      if ('kind' in found) ({ kind } = found);
      else kind = known.get((name = found.source));
    }
    for (const name of passed) known.set(name, kind);
    return kind;
  };
}
