import { sizeOf, type TensorSpec } from '@graft/tensor';
import { type CandidateCut, cutsAmong, featureKind, featuresOf } from './candidate-cuts.ts';
import { isGradient } from './gradient-node.ts';
import { importOnnx } from './import-onnx.ts';
import { isConstant } from './needed-nodes.ts';
import { inferShapes, type ShapeOptions } from './infer-shapes.ts';
import { mainCut, type MainCutOptions } from './main-cut.ts';
import { type NetworkBlock, networkBlocks } from './network-blocks.ts';
import type { OnnxModel } from './onnx-model.ts';
import { type OnnxOperator, operatorFor } from './operator.ts';
import { standardOperators } from './operators/index.ts';
import {
  functionKey,
  type OnnxFile,
  type OnnxNode,
  type OnnxSource,
  readModel,
  type ValuePort,
} from './proto/read-model.ts';

/** One operator type in a file. */
export interface OperatorCount {
  readonly opType: string;
  /** '' for ONNX's own. */
  readonly domain: string;
  readonly count: number;
  readonly supported: boolean;
}

/** A summary of a file, as plain data. */
export interface ModelReport {
  readonly name: string;
  readonly bytes: number;
  readonly irVersion: number;
  /** Operator set versions by domain; ONNX's own under `ai.onnx`. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly producer: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly inputs: readonly ValuePort[];
  readonly outputs: readonly ValuePort[];
  /** The most frequent first. */
  readonly operators: readonly OperatorCount[];
  /** Whether the whole file can be imported. */
  readonly supported: boolean;
  /** What prevents importing it or inferring its shapes. */
  readonly problem?: string;
  readonly weights: readonly {
    readonly name: string;
    readonly kind: 'weight' | 'buffer';
    readonly shape: readonly number[];
  }[];
  /** Number of trainable parameters. */
  readonly parameters: number;
  /** Its blocks of layers, in order; empty if shapes cannot be inferred. */
  readonly blocks: readonly NetworkBlock[];
  /** Where a new head is attached: the given cut, or the one that fits; undefined if none does. */
  readonly cut?: Pick<CandidateCut, 'value' | 'shape' | 'features' | 'kind'>;
  /** Where it can be cut, last first. */
  readonly cuts: readonly CandidateCut[];
  /** Shapes of the outputs, for the input size used to compute the cuts. */
  readonly outputShapes: Readonly<Record<string, readonly number[]>>;
}

/** Options of {@link inspectModel}. */
export interface InspectOptions extends ShapeOptions, MainCutOptions {
  readonly operators?: readonly OnnxOperator[];
  /** The file as it is run, such as one whose other inputs are held at values; default the file itself. */
  readonly runnable?: OnnxFile | undefined;
  /** The value to cut at; default where a new head belongs. */
  readonly cut?: string | undefined;
}

/**
 * Inspects a file: inputs and outputs, operators, weights, and where it can be cut. Unsupported features are reported; only a damaged file throws.
 * @throws if the file is not an ONNX file
 */
export function inspectModel(
  source: Uint8Array | OnnxSource | OnnxFile,
  { operators = standardOperators, runnable, cut, output, sequences, ...shapes }: InspectOptions = {},
): ModelReport {
  const file = 'opsets' in source ? source : readModel(source);
  const counted = countOperators(file, operators);
  const base = {
    name: file.name,
    bytes: file.bytes.length,
    irVersion: file.irVersion,
    producer: file.producer,
    inputs: file.inputs,
    outputs: file.outputs,
    operators: counted,
    opsets: Object.fromEntries([...file.opsets].map(([domain, version]) => [domain || 'ai.onnx', version])),
    metadata: Object.fromEntries(file.metadata),
  };
  let model: OnnxModel | undefined;
  try {
    model = importOnnx(runnable ?? file, { operators });
    const specs = inferShapes(model, shapes);
    const main = cut === undefined ? mainCut(model, specs, { output, sequences }) : undefined;
    const at = cut ?? main?.value;
    return {
      ...base,
      ...weighed(model),
      supported: true,
      blocks: networkBlocks(model, specs, at),
      ...cutAt(model, specs, at),
      cuts: cutsAmong(model, specs),
      outputShapes: Object.fromEntries(
        model.outputs.flatMap((name) => (specs.has(name) ? [[name, specs.get(name)!.shape] as const] : [])),
      ),
    };
  } catch (error) {
    const weights = model ? weighed(model) : { weights: [], parameters: 0 };
    return {
      ...base,
      ...weights,
      supported: model !== undefined,
      problem: (error as Error).message,
      blocks: [],
      cuts: [],
      outputShapes: {},
    };
  } finally {
    model?.dispose();
  }
}

function cutAt(
  model: OnnxModel,
  specs: ReadonlyMap<string, TensorSpec>,
  value: string | undefined,
): Pick<ModelReport, 'cut'> {
  const shape = value === undefined ? undefined : specs.get(value)?.shape;
  const kind = shape && featureKind(model, value!, (name) => specs.get(name)?.shape);
  return kind ? { cut: { value: value!, shape, features: featuresOf(shape, kind), kind } } : {};
}

export const isSupported = (
  node: OnnxNode,
  { functions, opsets }: OnnxFile,
  operators: readonly OnnxOperator[],
): boolean =>
  isConstant(node) ||
  isGradient(node) ||
  functions.has(functionKey(node.domain, node.opType)) ||
  operatorFor(operators, node.opType, node.domain, opsets.get(node.domain) ?? 1) !== undefined;

function countOperators(file: OnnxFile, operators: readonly OnnxOperator[]): OperatorCount[] {
  const counts = new Map<string, OperatorCount>();
  for (const node of file.nodes) {
    const { opType, domain } = node;
    const supported = isSupported(node, file, operators);
    const key = `${domain}.${opType}`;
    counts.set(key, { opType, domain, supported, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || a.opType.localeCompare(b.opType));
}

function weighed(model: OnnxModel): Pick<ModelReport, 'weights' | 'parameters'> {
  const weights = [...model.weights].map(([name, { kind, value }]) => ({ name, kind, shape: value.shape }));
  return {
    weights,
    parameters: weights.reduce((sum, one) => (one.kind === 'weight' ? sum + sizeOf(one.shape) : sum), 0),
  };
}
