import { isFloat, sizeOf, type TensorSpec } from '@graft/tensor';
import { lonelyValues } from './candidate-cuts.ts';
import { modulePath } from './layer-groups.ts';
import { layer } from './main-cut.ts';
import type { OnnxGraphNode, OnnxModel } from './onnx-model.ts';
import { makersIn } from './value-uses.ts';
import { weightDerived } from './weight-derived.ts';

/** Consecutive layers of a network that belong together, or a row of equal ones. */
export interface NetworkBlock {
  /** What the names of its layers have in common; empty if they are not informative. */
  readonly name: string;
  /** The name of the last one of a row. */
  readonly last?: string;
  /** Number of equal blocks in a row. */
  readonly count: number;
  /** How often each operator occurs in one of them, in order of first use; shapes and weights that are computed are left out. */
  readonly operators: Readonly<Record<string, number>>;
  /** The output's shape, for the input size used to compute shapes. */
  readonly shape?: readonly number[];
  /** Number of trainable parameters, of all blocks of a row. */
  readonly parameters: number;
  /** Whether it comes before the cut, or is left out with the old head. */
  readonly part: 'backbone' | 'head';
}

/** A block before equal ones are counted. */
type Part = Omit<NetworkBlock, 'count' | 'last'>;

/** The fewest blocks that names must give to be followed, and the share of layers that must have one. */
const [fewestNamed, leastNamed] = [3, 0.6];
/** A block of more layers is divided where the size of its maps changes. */
const mostLayers = 4;
/** The longest pattern of blocks that is counted as one. */
const longestPattern = 4;
/** The most values that the weights of one node are looked for in. */
const mostDerived = 256;
/** The most blocks that are listed. */
const mostBlocks = 256;

/**
 * Divides a network into blocks of layers: by the names of its modules, or else where one value alone goes on, or where the size of its maps changes. Equal blocks in a row are one.
 * @param specs of its values
 * @param cut the value at which a new head is attached; what it does not need is the old head
 */
export function networkBlocks(
  model: OnnxModel,
  specs: ReadonlyMap<string, TensorSpec>,
  cut: string | undefined,
): NetworkBlock[] {
  return new Divider(model, specs).divide(cut);
}

class Divider {
  private readonly model: OnnxModel;
  private readonly specs: ReadonlyMap<string, TensorSpec>;
  private readonly isWeight: (value: string) => boolean;
  private readonly makers: ReadonlyMap<string, OnnxGraphNode>;
  private readonly seen = new Set<string>();

  constructor(model: OnnxModel, specs: ReadonlyMap<string, TensorSpec>) {
    this.model = model;
    this.specs = specs;
    this.isWeight = weightDerived(model);
    this.makers = makersIn(model.nodes);
  }

  divide(cut: string | undefined): NetworkBlock[] {
    const needed = cut === undefined ? undefined : this.neededBy(cut);
    const nodes = this.model.nodes.filter((node) => this.isShown(node));
    const isBefore = ({ outputs }: OnnxGraphNode): boolean => !needed || outputs.some((name) => needed.has(name));
    const before = nodes.filter(isBefore);
    const after = nodes.filter((node) => !isBefore(node));
    const own = this.pathsOf(nodes);
    const isNamed = new Set([...own.values()].map(blockOf)).size >= fewestNamed;
    const paths = isNamed ? own : new Map<OnnxGraphNode, readonly string[]>();
    const blocks = (part: readonly OnnxGraphNode[], kind: NetworkBlock['part']): NetworkBlock[] =>
      counted(this.parted(part, paths).map((one) => this.block(one, kind, (node) => nameOf(own.get(node), isNamed))));
    return [...blocks(before, 'backbone'), ...blocks(after, 'head')].slice(0, mostBlocks);
  }

  /** Whether a node computes floats from the inputs, rather than sizes or weights. */
  private isShown({ outputs }: OnnxGraphNode): boolean {
    return outputs.some((name) => {
      const spec = this.specs.get(name);
      return spec !== undefined && isFloat(spec.dtype) && !this.isWeight(name);
    });
  }

  private neededBy(value: string): ReadonlySet<string> {
    const seen = new Set([value]);
    for (const name of seen) for (const input of this.makers.get(name)?.inputs ?? []) if (input) seen.add(input);
    return seen;
  }

  /** The module path of each layer, without what all have in common; empty if names are not informative. */
  private pathsOf(nodes: readonly OnnxGraphNode[]): ReadonlyMap<OnnxGraphNode, readonly string[]> {
    const found = nodes.flatMap((node) => {
      const weight = this.weightsOf(node).values().next().value;
      if (weight === undefined) return [];
      const scopes = node.name.includes('/') && !node.name.startsWith('/') ? node.name.split('/').slice(0, -1) : [];
      const path = scopes.length ? scopes : modulePath(node, weight);
      return path.length ? [[node, path] as const] : [];
    });
    const layers = nodes.filter((node) => layer.test(node.type));
    if (found.filter(([node]) => layer.test(node.type)).length < leastNamed * layers.length) return new Map();
    const [first = []] = found.map(([, path]) => path);
    let common = 0;
    while (
      common < first.length - 1 &&
      found.every(([, path]) => path.length > common + 1 && path[common] === first[common])
    )
      common++;
    return new Map(found.map(([node, path]) => [node, path.slice(common)] as const));
  }

  /** The weights that a node reads, also behind nodes that derive others from them. */
  private weightsOf({ inputs }: OnnxGraphNode): ReadonlySet<string> {
    const seen = new Set(inputs.filter((name) => name && this.isWeight(name)));
    for (const name of seen) {
      if (seen.size > mostDerived) break;
      for (const input of this.makers.get(name)?.inputs ?? []) if (input && this.isWeight(input)) seen.add(input);
    }
    return new Set([...seen].filter((name) => this.model.weights.get(name)?.kind === 'weight'));
  }

  private parted(
    nodes: readonly OnnxGraphNode[],
    paths: ReadonlyMap<OnnxGraphNode, readonly string[]>,
  ): OnnxGraphNode[][] {
    const lonely = new Set(lonelyValues(this.model, this.specs).map(([, name]) => name));
    const ends = (node: OnnxGraphNode): boolean => node.outputs.some((name) => lonely.has(name));
    const isPooled = (node: OnnxGraphNode): boolean => this.isPooling(node) && ends(node);
    if (paths.size) {
      const parts: OnnxGraphNode[][] = [];
      let [key, isSingle] = [undefined as string | undefined, false];
      for (const node of nodes) {
        const path = paths.get(node);
        // A norm beside a layer, neither of them in a module, belongs to it.
        const isBeside = path?.length === 1 && isSingle && !layer.test(node.type);
        const own = path && !isBeside ? blockOf(path) : isPooled(node) ? '' : undefined;
        if (!parts.length || (own !== undefined && key !== undefined && own !== key)) parts.push([]);
        parts.at(-1)!.push(node);
        if (own !== undefined) [key, isSingle] = [own, path?.length === 1];
      }
      return parts;
    }
    const parts: OnnxGraphNode[][] = [];
    let isEnded = true;
    for (const node of nodes) {
      if (isEnded || isPooled(node)) parts.push([]);
      parts.at(-1)!.push(node);
      isEnded = ends(node);
    }
    return joined(parts, (one) => one.some((node) => layer.test(node.type) || isPooled(node))).flatMap((one) =>
      one.filter((node) => layer.test(node.type)).length > mostLayers ? this.bySize(one) : [one],
    );
  }

  /** Whether a node pools a whole map or sequence. */
  private isPooling({ type, inputs, outputs }: OnnxGraphNode): boolean {
    if (!/^(Global\w*Pool|ReduceMean|ReduceMax)$/.test(type)) return false;
    const [before, after] = [inputs[0], outputs[0]].map((name) => this.specs.get(name ?? '')?.shape);
    return before !== undefined && after !== undefined && sizeOf(after) < sizeOf(before);
  }

  /** Divides nodes where the size of their maps changes. */
  private bySize(nodes: readonly OnnxGraphNode[]): OnnxGraphNode[][] {
    const parts: OnnxGraphNode[][] = [];
    let last: string | undefined;
    for (const node of nodes) {
      const shape = this.specs.get(node.outputs[0] ?? '')?.shape;
      const size = shape && shape.length > 3 && /Conv/.test(node.type) ? shape.slice(2).join() : last;
      if (!parts.length || (last !== undefined && size !== last)) parts.push([]);
      parts.at(-1)!.push(node);
      last = size;
    }
    return parts;
  }

  private block(
    nodes: readonly OnnxGraphNode[],
    part: NetworkBlock['part'],
    nameOf: (node: OnnxGraphNode) => string | undefined,
  ): Part {
    const operators: Record<string, number> = {};
    for (const { type } of nodes) operators[type] = (operators[type] ?? 0) + 1;
    let parameters = 0;
    for (const node of nodes)
      for (const name of this.weightsOf(node))
        if (!this.seen.has(name)) {
          this.seen.add(name);
          parameters += sizeOf(this.model.weights.get(name)!.value.shape);
        }
    const shape = nodes
      .flatMap(({ outputs }) => outputs)
      .map((name) => this.specs.get(name))
      .findLast((spec) => spec !== undefined && isFloat(spec.dtype))?.shape;
    return {
      name: nodes.map(nameOf).find((name) => name !== undefined) ?? '',
      operators,
      ...(shape && { shape }),
      parameters,
      part,
    };
  }
}

/** Joins parts without a layer to the one before. */
function joined(
  parts: readonly OnnxGraphNode[][],
  isWhole: (part: readonly OnnxGraphNode[]) => boolean,
): OnnxGraphNode[][] {
  const found: OnnxGraphNode[][] = [];
  for (const part of parts)
    if (found.length && !isWhole(part)) found.at(-1)!.push(...part);
    else if (found.length === 1 && !isWhole(found[0]!)) found[0]!.push(...part);
    else found.push([...part]);
  return found;
}

/** A block's name: that of its module, or of its first layer where blocks do not follow modules. */
const nameOf = (path: readonly string[] | undefined, isModule: boolean): string | undefined =>
  path && (isModule ? blockOf(path) : path.join('.'));

/** The block that a layer belongs to: `layer1.0` of layer1.0.conv1, `block_1` of block_1_expand. */
function blockOf(module: readonly string[]): string {
  // The layer itself is not a block, unless it is on its own or its name begins with that of its block.
  const [parents, own] = [module.slice(0, -1), module.at(-1)!];
  const isWhole = parents.some((one) => /\d/.test(one)) || !/\d.*_|_.*\d/.test(own);
  const path = parents.length && isWhole ? parents : module;
  const first = path.findIndex((one) => /\d/.test(one));
  if (first < 0) return path[0]!;
  const isNumber = (one: string | undefined): boolean => /^\d+$/.test(one ?? '');
  let end = first + 1;
  while (isNumber(path[end])) end++;
  // Stages of blocks, each in a list.
  if (
    isNumber(path[end - 1]) &&
    /^(blocks?|layers?|units?|residual_blocks?)$/.test(path[end] ?? '') &&
    isNumber(path[end + 1])
  )
    end += 2;
  const whole = path.slice(0, end);
  const tokens = whole.at(-1)!.split('_');
  if (end > first + 1 || tokens.length < 2) return whole.join('.');
  // Names with the parts of a block behind it.
  let kept = tokens.findIndex((one) => /\d/.test(one)) + 1;
  while (/^[a-z]+\d+$/i.test(tokens[kept] ?? '')) kept++;
  return [...whole.slice(0, -1), tokens.slice(0, kept).join('_')].join('.');
}

/** Counts rows of equal blocks, or of equal patterns of a few blocks, as one. */
function counted(parts: readonly Part[]): NetworkBlock[] {
  const looks = parts.map(({ operators, shape, parameters }) => JSON.stringify([operators, shape, parameters]));
  const blocks: NetworkBlock[] = [];
  for (let i = 0; i < parts.length;) {
    let [length, count] = [1, 1];
    for (let pattern = 1; pattern <= longestPattern && count === 1; pattern++) {
      let times = 1;
      const isAgain = (at: number): boolean =>
        at + pattern <= parts.length && looks.slice(at, at + pattern).every((look, k) => look === looks[i + k]);
      while (isAgain(i + times * pattern)) times++;
      if (times > 1) [length, count] = [pattern, times];
    }
    const one = parts.slice(i, i + length);
    const all = parts.slice(i, i + length * count);
    const operators: Record<string, number> = {};
    for (const part of one)
      for (const [type, number] of Object.entries(part.operators)) operators[type] = (operators[type] ?? 0) + number;
    const { name, part } = one[0]!;
    const shape = one.at(-1)!.shape;
    const last = all.at(-1)!.name;
    blocks.push({
      name,
      ...(count > 1 && last !== name && { last }),
      count,
      operators,
      ...(shape && { shape }),
      parameters: all.reduce((sum, { parameters }) => sum + parameters, 0),
      part,
    });
    i += length * count;
  }
  return blocks;
}
