import { type HostArray, isFloat } from '@graft/tensor';
import type { CandidateCut } from './candidate-cuts.ts';
import type { MainCutOptions } from './main-cut.ts';
import { foldedBatchNorms } from './folded-batch-norms.ts';
import { neededNodes } from './needed-nodes.ts';
import type { ShapeOptions } from './infer-shapes.ts';
import { isSupported } from './inspect-model.ts';
import type { OnnxOperator } from './operator.ts';
import { standardOperators } from './operators/index.ts';
import {
  inFile,
  type OnnxConstant,
  type OnnxFile,
  type OnnxNode,
  type OnnxSource,
  readModel,
} from './proto/read-model.ts';
import { type RunnablePart, runnablePart } from './runnable-part.ts';

/** A type of operator that prevents a network from running or training. */
export interface OperatorProblem {
  readonly opType: string;
  /** '' for ONNX's own. */
  readonly domain: string;
  readonly count: number;
  /** Name of the first such node. */
  readonly first: string;
  /** It cannot be run, its shapes are only known by running it, or nothing before it can be trained. */
  readonly problem: 'not supported' | 'shape unknown' | 'no gradient';
  /** Whether the features at the cut depend on it. Nodes after the cut are not part of a fine-tuned network. */
  readonly beforeCut: boolean;
}

/** A diagnosis of a file for fine-tuning, as plain data. */
export interface ModelDiagnosis {
  readonly name: string;
  readonly bytes: number;
  readonly opset: number;
  readonly nodes: number;
  readonly problems: readonly OperatorProblem[];
  /** Number of convolutions that appear to have a batch norm folded into them. */
  readonly foldedBatchNorms: number;
  /** Nodes that quantise or compute with quantised numbers, and integer constants that represent weights. */
  readonly quantized: { readonly nodes: number; readonly weights: number };
  /** Dynamic dimensions of inputs, by name or index: `image: N`, `image: 2`. */
  readonly openDimensions: readonly string[];
  /** Sentences about dtypes and operator sets. */
  readonly warnings: readonly string[];
  /** Where it can be cut, last first, within the part that can be run. */
  readonly cuts: readonly CandidateCut[];
  /** The requested cut, or the default one for a head. */
  readonly cut?: string;
  /** Fraction of the trainable parameters that lie before the cut. */
  readonly keptShare: number;
  /** Whether every node before the cut propagates gradients. */
  readonly learnsBeforeCut: boolean;
  /** Why its cuts are not known. */
  readonly obstacle?: string;
}

/**
 * Checks a file for obstacles to fine-tuning. Unsupported features are reported; only a damaged file throws.
 * @param options `cut`: the value to cut at
 * @throws if the file is not an ONNX file, or has no such value
 */
export function diagnoseModel(
  source: Uint8Array | OnnxSource | OnnxFile,
  {
    operators = standardOperators,
    cut: wanted,
    ...shapes
  }: ShapeOptions & MainCutOptions & { readonly operators?: readonly OnnxOperator[]; readonly cut?: string } = {},
): ModelDiagnosis {
  const file = 'opsets' in source ? source : readModel(source);
  const blocked = new Map<OnnxNode, OperatorProblem['problem']>();
  for (const node of file.nodes) if (!isSupported(node, file, operators)) blocked.set(node, 'not supported');
  const part = runnablePart(file, operators, blocked, shapes);
  const cut = wanted ?? part.main?.value;
  const before = new Set(cut === undefined ? file.nodes : nodesFor(file, cut));
  const stops = part.stops.map((node) => [node, 'no gradient'] as const);
  return {
    name: file.name,
    bytes: file.bytes.length,
    opset: file.opsets.get('')!,
    nodes: file.nodes.length,
    problems: problemsOf([...blocked, ...stops], before),
    foldedBatchNorms: foldedIn(file),
    quantized: quantized(file),
    openDimensions: openDimensions(file),
    warnings: warningsOf(file, operators),
    cuts: part.cuts,
    ...(cut !== undefined && { cut }),
    keptShare: keptShare(part.weights, before),
    learnsBeforeCut: !part.stops.some((node) => before.has(node)),
    ...(part.obstacle !== undefined && { obstacle: part.obstacle }),
  };
}

const nodesFor = (file: OnnxFile, cut: string): OnnxNode[] => naming(file, () => neededNodes(file, [cut]));
const foldedIn = (file: OnnxFile): number => naming(file, () => foldedBatchNorms(file));

/** Adds the file's name to what is wrong with it. */
function naming<T>(file: OnnxFile, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw inFile(error, file.name);
  }
}

function problemsOf(
  found: readonly (readonly [OnnxNode, OperatorProblem['problem']])[],
  before: ReadonlySet<OnnxNode>,
): OperatorProblem[] {
  const groups = new Map<string, OperatorProblem>();
  for (const [{ opType, domain, name }, problem, beforeCut] of found.map(
    ([node, problem]) => [node, problem, before.has(node)] as const,
  )) {
    const key = [domain, opType, problem, beforeCut].join(':');
    const known = groups.get(key);
    groups.set(key, {
      opType,
      domain,
      problem,
      beforeCut,
      first: known?.first ?? name,
      count: (known?.count ?? 0) + 1,
    });
  }
  return [...groups.values()].sort((a, b) => Number(b.beforeCut) - Number(a.beforeCut));
}

function keptShare(weights: RunnablePart['weights'], before: ReadonlySet<OnnxNode>): number {
  const total = weights.reduce((sum, [size]) => sum + size, 0);
  return total
    ? weights.reduce((sum, [size, users]) => sum + (users.some((node) => before.has(node)) ? size : 0), 0) / total
    : 0;
}

function quantized({ nodes, constants }: OnnxFile): ModelDiagnosis['quantized'] {
  const isQuantized = ({ opType }: OnnxNode): boolean =>
    /^(QLinear|QGemm|DynamicQuantize|QuantizeLinear$|DequantizeLinear$|ConvInteger$|MatMulInteger)/.test(opType);
  const found = nodes.filter(isQuantized);
  const names = new Set(found.flatMap(({ inputs }) => inputs.filter((name) => constants.has(name))));
  const weights = [...names].filter((name) => {
    const value = valueOf(constants.get(name)!);
    return value && !isFloat(value.dtype) && value.shape.length > 1;
  });
  return { nodes: found.length, weights: weights.length };
}

const openDimensions = ({ inputs }: OnnxFile): string[] =>
  inputs.flatMap(({ name, shape }) =>
    shape ? shape.flatMap((dim, i) => (typeof dim === 'number' ? [] : [`${name}: ${dim ?? i}`])) : [`${name}: all`],
  );

function warningsOf({ inputs, opsets, constants }: OnnxFile, operators: readonly OnnxOperator[]): string[] {
  const newest = operators.reduce((since, one) => (one.domain === '' ? Math.max(since, one.since) : since), 1);
  const opset = opsets.get('')!;
  const halves = [...constants.values()].filter((one) => /^b?float16$/.test(valueOf(one)?.dtype ?? '')).length;
  return [
    ...(opset > newest ? [`It uses operator set ${opset}, but only sets up to ${newest} are known.`] : []),
    ...inputs
      .filter(({ dtype }) => !/^(float32|b?float16)$/.test(dtype))
      .map(({ name, dtype }) => `Its input "${name}" takes ${dtype} numbers.`),
    ...(halves
      ? [
          `${halves} of its tensors are 16-bit floats. They are computed and trained in float32, and exported as 16-bit floats.`,
        ]
      : []),
  ];
}

/** Undefined if it cannot be read; importing reports that. */
function valueOf({ read }: OnnxConstant): HostArray | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
