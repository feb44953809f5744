import { isFloat, type TensorSpec } from '@graft/tensor';
import { inferShapes, type ShapeOptions } from './infer-shapes.ts';
import { channelAxes } from './channel-axes.ts';
import type { OnnxModel } from './onnx-model.ts';
import { weightDerived } from './weight-derived.ts';

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
 * [batch, channels, length]; `channelsLast`: [batch, height, width, channels]; `sequence`: [batch, length, features].
 */
export type FeatureKind = 'vector' | 'map' | 'channelsLast' | 'sequence';

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
  const axes = channelAxes(model, (one) => specs.get(one)?.shape);
  for (const [index, name] of lonelyValues(model, specs)) {
    const { shape } = specs.get(name)!;
    const kind = kindOf(shape, axes.get(name));
    if (!kind || index >= end) continue;
    found.push({
      value: name,
      type: model.nodes[index]!.type,
      shape,
      features: featuresOf(shape, kind),
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
  const axes = channelAxes(model, (one) => specs.get(one)?.shape);
  const [, map] =
    lonelyValues(model, specs).findLast(([, name]) => {
      const { shape } = specs.get(name)!;
      return shape.length === 4 && kindOf(shape, axes.get(name)) === 'map';
    }) ?? [];
  return map !== undefined && model.nodes.some(({ inputs, type }) => inputs[0] === map && pooling.test(type))
    ? map
    : undefined;
}

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
export function lonelyValues(
  model: OnnxModel,
  specs: ReadonlyMap<string, TensorSpec>,
): [index: number, name: string][] {
  const { nodes, outputs, inputs } = model;
  const isWeight = weightDerived(model);
  const counts = (name: string): boolean => specs.has(name) && isFloat(specs.get(name)!.dtype) && !isWeight(name);
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

/**
 * The kind of features that a value of a graph is. The operators before it decide which of its axes holds the channels: after a convolution a value of
 * three dimensions is a map [batch, channels, length], otherwise a sequence [batch, length, features].
 * @param shapeOf shapes of the graph's values
 * @returns undefined if no head fits the shape
 */
export const featureKind = (
  graph: Pick<OnnxModel, 'nodes' | 'weights' | 'constants' | 'inputs'>,
  value: string,
  shapeOf: (value: string) => readonly number[] | undefined,
): FeatureKind | undefined => kindOf(shapeOf(value), channelAxes(graph, shapeOf).get(value));

/** The kind of features of a shape. @param axis of the channels, if known */
export function kindOf(shape: readonly number[] | undefined, axis: number | undefined): FeatureKind | undefined {
  if (shape?.length === 2) return 'vector';
  if (shape?.length === 3) {
    if (shape[2] === 1 && axis !== 2) return 'vector';
    return axis === 1 ? 'map' : 'sequence';
  }
  if (shape?.length !== 4 || axis === 0 || axis === 2) return undefined;
  if (axis === 3) return 'channelsLast';
  return shape[2] === 1 && shape[3] === 1 ? 'vector' : 'map';
}

/** Number of features of a value of a kind. */
export const featuresOf = (shape: readonly number[], kind: FeatureKind): number =>
  kind === 'sequence' || kind === 'channelsLast' ? shape.at(-1)! : shape[1]!;
