import { makersIn } from './value-uses.ts';
import { isFloat, sizeOf, type TensorSpec } from '@graft/tensor';
import { type CandidateCut, type FeatureKind, featuresOf, kindOf } from './candidate-cuts.ts';
import { channelAxes } from './channel-axes.ts';
import type { OnnxGraphNode, OnnxModel } from './onnx-model.ts';
import { dataInputs, weightDerived } from './weight-derived.ts';

/** A layer behind an activation with fewer outputs gives answers rather than features. */
const fewestFeatures = 32;
/** The most steps between a Softmax and the product that it weighs. */
const mostSteps = 16;
/** Number of outputs that are compared. */
const mostOutputs = 16;

/** What a network computes, which decides where a new head belongs. */
export type NetworkKind =
  /** Ends in a layer of scores, which a new head replaces. */
  | 'classifier'
  /** Ends in features: a backbone without its head. */
  | 'encoder'
  /** Ends in boxes, masks or other values for each place; its backbone's last map is used. */
  | 'dense';

/** Where a new head belongs. */
export interface MainCut extends CandidateCut {
  readonly network: NetworkKind;
  /** The file's output, or the last value that can be computed, that leads there. */
  readonly output: string;
  /** How the original network pools a sequence: its first token if it puts a class token there. */
  readonly pool?: 'first';
  /** Fraction of the weights of all layers before the head that lie before the cut. */
  readonly kept: number;
}

/** Options of {@link mainCut}. */
export interface MainCutOptions {
  /** The output whose network is used; default the one that depends on the most weights. */
  readonly output?: string | undefined;
  /** Whether sequences are pooled outside the network, with a mask: they are preferred to vectors then. */
  readonly sequences?: boolean | undefined;
}

/** Operators of layers with weights. */
export const layer =
  /^(Conv|FusedConv|CausalConvWithState|ConvTranspose|ConvInteger|QLinearConv|Gemm|FusedGemm|QGemm|MatMul|FusedMatMul|MatMulInteger|MatMulIntegerToFloat|DynamicQuantizeMatMul|QLinearMatMul|MatMulNBits)$/;
const scores = /^(Softmax|LogSoftmax|Sigmoid|HardSigmoid|ArgMax|TopK)$/;
const activation = /^(Relu|LeakyRelu|PRelu|Elu|Selu|Celu|Gelu|FastGelu|QuickGelu|HardSwish|Swish|Mish|Softplus|Clip)$/;
const pooling = /pool|reducemean|reducemax/i;
/** Operators that change no more than form or precision. */
const formal =
  /^(Identity|Dropout|Tanh|Cast|Reshape|Flatten|Squeeze|Unsqueeze|Transpose|QuantizeLinear|DequantizeLinear|DynamicQuantizeLinear)$/;
const arithmetic = /^(Add|Sub|Mul|Div)$/;
const enlarging = /^(Resize|Upsample|ConvTranspose|DepthToSpace|MaxUnpool)$/;
/** Numbers of classes of data sets that published networks were trained on: ImageNet, with or without background, and ImageNet-21k. */
const classCounts: readonly number[] = [1000, 1001, 21_841, 21_843];

/**
 * Finds where a new head belongs: at the value that the last layer of the main output reads, or at the output of a network without a head, or at the
 * last map of a network that predicts for each place.
 * @param model whose outputs can all be computed
 * @param specs of its values
 * @returns undefined if no head fits any value
 */
export function mainCut(
  model: OnnxModel,
  specs: ReadonlyMap<string, TensorSpec>,
  options: MainCutOptions = {},
): MainCut | undefined {
  return new CutFinder(model, specs).find(options);
}

class CutFinder {
  private readonly makers: ReadonlyMap<string, OnnxGraphNode>;
  private readonly axes: ReadonlyMap<string, number>;
  private readonly isWeight: (value: string) => boolean;
  /** Scales and zero points, which belong to the values that were quantised with them. */
  private readonly scales: ReadonlySet<string>;
  /** Size of the batch in the given shapes. */
  private readonly batch: number | undefined;
  /** Products of attention whose queries are fewer than the tokens that they read: attention pools these. By their outputs, with the number of queries. */
  private readonly pools = new Map<string, number>();
  private readonly model: OnnxModel;
  private readonly specs: ReadonlyMap<string, TensorSpec>;

  constructor(model: OnnxModel, specs: ReadonlyMap<string, TensorSpec>) {
    this.model = model;
    this.specs = specs;
    this.makers = makersIn(model.nodes);
    this.axes = channelAxes(model, (name) => this.shape(name));
    this.isWeight = weightDerived(model);
    this.scales = dynamicScales(model, this.isWeight);
    this.batch = this.shape(model.inputs[0] ?? '')?.[0];
    this.findPools();
  }

  find({ output: named, sequences = false }: MainCutOptions): MainCut | undefined {
    const output = named ?? this.mainOutput(sequences);
    if (output === undefined) return undefined;
    const end = this.endOf(output);
    // A layer that reads the input itself is not a head of anything.
    const { network, value, head } = this.makers.has(end.value)
      ? end
      : ({ network: this.kindOfEnd(output), value: output, head: 0 } as const);
    const found = network === 'dense' ? this.lastMap(output) : this.towardsMap(value);
    const cut = found ?? (network === 'dense' ? undefined : this.lastMap(output));
    const candidate = cut === undefined ? undefined : this.candidate(cut);
    if (!candidate) return undefined;
    const trunk = this.weightsBefore(output) - head;
    const isPooledFirst = candidate.kind === 'sequence' && this.hasClassToken(candidate.value);
    return {
      ...candidate,
      network: found === undefined ? 'dense' : network,
      output,
      ...(isPooledFirst && { pool: 'first' }),
      kept: trunk > 0 ? Math.min(1, this.weightsBefore(candidate.value) / trunk) : 1,
    };
  }

  private shape(name: string): readonly number[] | undefined {
    return this.specs.get(name)?.shape;
  }

  private isData(name: string): boolean {
    return name !== '' && !this.isWeight(name) && !this.scales.has(name);
  }

  private candidate(value: string): CandidateCut | undefined {
    const spec = this.specs.get(value);
    if (!spec || !isFloat(spec.dtype) || spec.shape[0] !== this.batch) return undefined;
    const kind = kindOf(spec.shape, this.axes.get(value));
    if (!kind) return undefined;
    return {
      value,
      type: this.makers.get(value)?.type ?? '',
      shape: spec.shape,
      features: featuresOf(spec.shape, kind),
      kind,
    };
  }

  /** The output that depends on the most weights; of nearly equal ones a vector, or a sequence if those are preferred. */
  private mainOutput(sequences: boolean): string | undefined {
    const floats = this.model.outputs.filter((name) => {
      const spec = this.specs.get(name);
      return spec && this.isData(name) && (isFloat(spec.dtype) || this.model.outputs.length === 1);
    });
    const candidates = (floats.length ? floats : this.model.outputs.filter((name) => this.specs.has(name))).slice(
      0,
      mostOutputs,
    );
    const sizes = new Map(candidates.map((name) => [name, this.weightsBefore(name)]));
    const most = Math.max(0, ...sizes.values());
    const near = candidates.filter((name) => sizes.get(name)! >= 0.95 * most);
    const rank = sequences ? 3 : 2;
    return near.find((name) => this.shape(name)!.length === rank) ?? near[0];
  }

  /** Number of weights that a value depends on. */
  private weightsBefore(value: string): number {
    let sum = 0;
    for (const name of this.needed(value)) {
      const weight = this.model.weights.get(name)?.value ?? this.quantized(name);
      if (weight) sum += sizeOf(weight.shape);
    }
    return sum;
  }

  /** Integer constants with several dimensions are weights of a quantised network. */
  private quantized(name: string): { readonly shape: readonly number[] } | undefined {
    const constant = this.model.constants.get(name);
    return constant && constant.rank > 1 && constant.size > 1 ? constant : undefined;
  }

  /** Walks back from an output to the layer that computes it. `head` is the number of weights of that layer. */
  private endOf(output: string): { network: NetworkKind; value: string; head: number } {
    const encoder = { network: 'encoder', value: output, head: 0 } as const;
    let [value, isScored, isActive, isPooled] = [output, false, false, false];
    for (let node = this.makers.get(value); node; node = this.makers.get(value)) {
      const { type } = node;
      const data = dataInputs(node).filter((name) => this.isData(name));
      if (layer.test(type) && data.length === 1) {
        if (
          !isScored &&
          !isActive &&
          this.projectsPool(data[0]!) &&
          !classCounts.includes(this.shape(value)?.at(-1) ?? 0)
        )
          break;
        const isHead = this.isHead(node, { isScored, isActive, isPooled });
        if (isHead === undefined) break;
        return isHead ? { network: 'classifier', value: data[0]!, head: this.weightsOf(node) } : encoder;
      }
      if (scores.test(type)) isScored = true;
      else if (activation.test(type)) isActive = true;
      else if (pooling.test(type) && data.length === 1) isPooled = true;
      else if (enlarging.test(type)) return { ...encoder, network: 'dense' };
      else if (!formal.test(type) && !arithmetic.test(type)) break;
      // Of two values that are combined, one may only scale the other.
      const size = (name: string): number => sizeOf(this.shape(name) ?? []);
      const main = data.length > 1 ? data.filter((name) => size(name) === size(node.outputs[0]!)) : data;
      const heads = main.length > 1 && type === 'Add' ? main.map((name) => this.layerBefore(name)) : [];
      if (
        heads.length &&
        heads.every((one) => one !== undefined && this.isOnePlace(this.shape(one.outputs[0]!) ?? [])) &&
        // A shortcut is added to what is computed from it.
        !heads.some((one) =>
          heads.some((other) => one !== other && this.needed(one!.outputs[0]!).has(other!.outputs[0]!)),
        )
      ) {
        // Two heads whose scores are averaged, as distilled networks have them: features are what the first one reads.
        const [read] = dataInputs(heads[0]!).filter((name) => this.isData(name));
        return {
          network: 'classifier',
          value: read!,
          head: heads.reduce((sum, one) => sum + this.weightsOf(one!), 0),
        };
      }
      if (main.length !== 1) break;
      value = main[0]!;
    }
    return { ...encoder, network: this.kindOfEnd(output) };
  }

  /** The layer that computes a value, apart from its bias and form. */
  private layerBefore(value: string): OnnxGraphNode | undefined {
    for (let node = this.makers.get(value); node; node = this.makers.get(value)) {
      const data = dataInputs(node).filter((name) => this.isData(name));
      if (data.length !== 1) return undefined;
      if (layer.test(node.type)) return node;
      if (!formal.test(node.type) && !arithmetic.test(node.type)) return undefined;
      value = data[0]!;
    }
    return undefined;
  }

  /** What a network without a head computes. */
  private kindOfEnd(output: string): NetworkKind {
    const kind = this.candidate(output)?.kind;
    if (kind === 'vector') return 'encoder';
    if (kind === 'sequence') return this.axes.get(output) === 2 || this.isPooled(output) ? 'encoder' : 'dense'; // otherwise maps that were joined
    return kind && this.isSmallestMap(output) ? 'encoder' : 'dense';
  }

  /** Finds {@link pools}. */
  private findPools(): void {
    for (const { type, inputs, outputs } of this.model.nodes) {
      const [from = '', values = ''] = inputs;
      if (!/^(MatMul|FusedMatMul)$/.test(type) || !this.isData(from) || !this.isData(values)) continue;
      let [value, node] = [from, this.makers.get(from)];
      for (let steps = 0; node && steps < mostSteps && /^(Identity|Dropout|Cast|Reshape)$/.test(node.type); steps++)
        [value, node] = [node.inputs[0]!, this.makers.get(node.inputs[0]!)];
      const [queries = 0, keys = 0] = this.shape(value)?.slice(-2) ?? [];
      if (node?.type === 'Softmax' && queries < keys) this.pools.set(outputs[0]!, queries);
    }
  }

  /** Whether a value is what attention pooled, apart from its form: the layer that reads it is a part of the pooling. */
  private projectsPool(value: string): boolean {
    for (let name = value; ;) {
      if (this.pools.has(name)) return true;
      const node = this.makers.get(name);
      const data = node && formal.test(node.type) ? dataInputs(node).filter((one) => this.isData(one)) : [];
      if (data.length !== 1) return false;
      name = data[0]!;
    }
  }

  /** Whether a sequence has no more tokens than attention pooled it to. */
  private isPooled(value: string): boolean {
    const tokens = this.shape(value)?.[1] ?? Infinity;
    return [...this.needed(value)].some((name) => tokens <= (this.pools.get(name) ?? 0));
  }

  /** Whether a layer gives scores rather than features; undefined if it predicts for each place. */
  private isHead(
    node: OnnxGraphNode,
    { isScored, isActive, isPooled }: { isScored: boolean; isActive: boolean; isPooled: boolean },
  ): boolean | undefined {
    const shape = this.shape(node.outputs[0]!) ?? [];
    if (isScored && !isActive && !isPooled) return this.isOnePlace(shape) || shape.length === 3 ? true : undefined;
    const axis = this.axes.get(node.outputs[0]!) ?? 1;
    if (isPooled) return isScored || classCounts.includes(shape[axis] ?? 0);
    if (isActive && !isScored) return (shape[axis] ?? 0) < fewestFeatures;
    if (shape.length > 3 && !this.isOnePlace(shape)) return this.isSmallestMap(node.outputs[0]!) ? true : undefined;
    return true;
  }

  private isOnePlace(shape: readonly number[]): boolean {
    return shape.length <= 2 || shape.slice(1).filter((size) => size > 1).length <= 1;
  }

  private weightsOf(node: OnnxGraphNode): number {
    return node.inputs
      .filter((name) => name && this.isWeight(name))
      .reduce((sum, name) => sum + this.weightsBefore(name), 0);
  }

  private places(name: string): number | undefined {
    const shape = this.shape(name);
    if (shape?.length !== 4) return undefined;
    const axis = this.axes.get(name);
    return axis === undefined ? undefined : sizeOf(shape.filter((_, i) => i > 0 && i !== axis));
  }

  private isSmallestMap(value: string): boolean {
    const own = this.places(value) ?? 0;
    return this.mapsBefore(value).every((name) => this.places(name)! >= own);
  }

  /** A value and all that it depends on. */
  private needed(value: string): ReadonlySet<string> {
    const seen = new Set([value]);
    for (const name of seen)
      // grows on the way
      for (const input of this.makers.get(name)?.inputs ?? []) if (input) seen.add(input);
    return seen;
  }

  /** Maps with more than one place that a value depends on, in the order of the graph. Parts of maps are none. */
  private mapsBefore(value: string): string[] {
    const needed = this.needed(value);
    return this.model.nodes.flatMap(({ type, outputs }) =>
      /^(Slice|Split|Gather)$/.test(type)
        ? []
        : outputs.filter((name) => needed.has(name) && this.isData(name) && (this.places(name) ?? 1) > 1),
    );
  }

  /** The last of the smallest maps before anything is enlarged: the end of the backbone. */
  private lastMap(output: string): string | undefined {
    const needed = this.needed(output);
    const enlarged = new Set<string>();
    const ends: string[] = [];
    for (const node of this.model.nodes) {
      const [to = ''] = node.outputs;
      const isLater = node.inputs.some((name) => enlarged.has(name));
      const isEnlarging = enlarging.test(node.type) && this.isData(to);
      if (isEnlarging && !isLater && needed.has(to)) ends.push(dataInputs(node).find((name) => this.isData(name))!);
      if (isEnlarging || isLater) for (const name of node.outputs) enlarged.add(name);
    }
    // Where maps of all stages are enlarged to be joined, the deepest one ends the backbone.
    const sizes = ends.slice(-mostOutputs).map((name) => [this.weightsBefore(name), name] as const);
    const deepest = sizes.reduce<readonly [number, string] | undefined>(
      (most, one) => (most && most[0] >= one[0] ? most : one),
      undefined,
    );
    const end = deepest?.[1] ?? output;
    const maps = this.mapsBefore(end).filter((name) => this.candidate(name) && (deepest || name !== output));
    const least = Math.min(...maps.map((name) => this.places(name)!));
    const smallest = maps.filter((name) => this.places(name) === least);
    return smallest.findLast((name) => !layer.test(this.makers.get(name)!.type)) ?? smallest.at(-1);
  }

  /** From a flattened or transposed map to the map itself, and from a quantised value to the one that was quantised. */
  private towardsMap(from: string): string | undefined {
    let [value, found] = [from, undefined as string | undefined];
    for (;;) {
      const candidate = this.candidate(value);
      if (candidate) found = value;
      const node = this.makers.get(value);
      const before = node && dataInputs(node).find((name) => this.isData(name));
      if (!node || before === undefined || !this.makers.has(before)) return found;
      // The heads of an attention are no map.
      const isKnown = this.shape(before)?.length !== 4 || this.axes.has(before);
      if (candidate && !this.isStepTowardsMap(node, candidate.kind, isKnown ? this.candidate(before)?.kind : undefined))
        return found;
      if (!candidate && !formal.test(node.type)) return found;
      value = before;
    }
  }

  private isStepTowardsMap({ type }: OnnxGraphNode, kind: FeatureKind, before: FeatureKind | undefined): boolean {
    if (/^(Identity|Dropout|Cast|QuantizeLinear|DequantizeLinear|DynamicQuantizeLinear)$/.test(type)) return true;
    if (type === 'Transpose') return kind === 'channelsLast' && before === 'map';
    return (
      /^(Reshape|Flatten|Squeeze)$/.test(type) && kind === 'vector' && before !== undefined && before !== 'sequence'
    );
  }

  /** Whether the first token of a sequence is a weight that was put before the others: a class token. */
  private hasClassToken(value: string): boolean {
    return [...this.needed(value)].some((name) => {
      const {
        type,
        inputs: [first = '', ...others],
      } = this.makers.get(name) ?? { inputs: [] };
      return (
        type === 'Concat' &&
        this.shape(name)?.length === 3 &&
        this.isWeight(first) &&
        this.shape(first)?.[1] === 1 &&
        others.some((other) => this.isData(other))
      );
    });
  }
}

/** Scales and zero points of dynamically quantised values, and what is computed from these and from weights. */
function dynamicScales({ nodes }: OnnxModel, isWeight: (value: string) => boolean): Set<string> {
  const scales = new Set<string>();
  for (const node of nodes) {
    const data = dataInputs(node).filter((name) => !isWeight(name));
    const found =
      node.type === 'DynamicQuantizeLinear'
        ? node.outputs.slice(1)
        : data.length && data.every((name) => scales.has(name))
          ? node.outputs
          : [];
    for (const name of found) if (name) scales.add(name);
  }
  return scales;
}
