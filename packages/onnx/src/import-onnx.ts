import { drop, js, Parameter, type Tensor, tensor } from '@graft/tensor';
import { BuildBudget } from './build-budget.ts';
import { OnnxModel, type OnnxGraphNode } from './onnx-model.ts';
import { isConstant, neededNodes } from './needed-nodes.ts';
import { gradientNode, isGradient } from './gradient-node.ts';
import type { OnnxOperator } from './operator.ts';
import { constantValue } from './operators/constant.ts';
import { standardOperators } from './operators/index.ts';
import { inFile, type OnnxConstant, type OnnxFile, type OnnxSource, readModel } from './proto/read-model.ts';
import { holding, smallTypeIn } from './proto/small-types.ts';
import { type BuiltNode, buildNode } from './subgraph.ts';
import { type ConstantUse, roleOf } from './weight-roles.ts';
import { widenedArray } from './widen-halves.ts';

export interface ImportOptions {
  /** Default: those of this package; apps pass `app.all(onnxOperator)`. */
  readonly operators?: readonly OnnxOperator[];
  /** Values to compute instead of the file's own outputs. Nodes they do not need are ignored. */
  readonly outputs?: readonly string[];
  /**
   * What to do with float16 and bfloat16 values: compute and train them in float32 (the default), so the model takes and returns float32 in their place, or keep
   * their dtype. Export writes the file's own dtypes in both cases.
   */
  readonly halves?: 'widen' | 'keep';
}

/**
 * Imports an ONNX file as a trainable module.
 * @param source the file's bytes, with external weight files if any; or a file that was already read
 * @throws an error that names the file, node or tensor if the file is damaged or uses unsupported features
 */
export function importOnnx(source: Uint8Array | OnnxSource | OnnxFile, options: ImportOptions = {}): OnnxModel {
  const file = 'opsets' in source ? source : readModel(source);
  try {
    return build(file, options);
  } catch (error) {
    throw inFile(error, file.name);
  }
}

function build(
  file: OnnxFile,
  { operators = standardOperators, outputs = file.outputs.map((port) => port.name), halves = 'widen' }: ImportOptions,
): OnnxModel {
  const nodes = neededNodes(file, outputs);
  const wanted = new Set(outputs);
  const uses = new Map<string, ConstantUse[]>();
  const all: BuiltNode[] = [];
  const graphNodes: OnnxGraphNode[] = [];
  const budget = new BuildBudget([
    ...file.functions.values(),
    ...nodes.flatMap(({ attributes }) => [...attributes.graphs.values()]),
  ]);
  const keepsHalves = halves === 'keep';
  const meaning = { file, opsets: file.opsets, operators, depth: 0, budget, keepsHalves };
  const known = new Set([
    ...file.inputs.map((port) => port.name),
    ...file.constants.keys(),
    ...file.nodes.flatMap((node) => node.outputs),
  ]);
  for (const node of nodes) {
    if (isConstant(node) || (file.handedOut.has(node.outputs[0]!) && !wanted.has(node.outputs[0]!))) continue;
    const built = isGradient(node) ? gradientNode(node, graphNodes, meaning.budget) : buildNode(node, meaning);
    for (const name of [...built.uses.map(([name]) => name), ...built.node.inputs]) {
      if (name && !known.has(name))
        throw new Error(`Node "${node.name}" (${node.opType}) reads the value "${name}", which no node computes.`);
      if (!uses.has(name)) uses.set(name, []);
    }
    all.push(built);
    graphNodes.push({ ...built.node, source: node });
  }
  for (const [name, use] of usesThatCount(all, outputs)) uses.get(name)!.push(use);
  // Scales of weights are multiplied with those of dynamically quantised inputs.
  const scales = new Set(
    nodes.flatMap(({ opType, outputs }) => (opType === 'DynamicQuantizeLinear' ? [outputs[1]!] : [])),
  );
  const isScale = (name: string): boolean => scales.has(name);
  const weights = new Map<string, Parameter>();
  const constants = new Map<string, Tensor>();
  const place = (name: string, make: () => ReturnType<typeof constantValue>): void => {
    const value = keepsHalves ? make() : widenedArray(make());
    const own = uses.get(name) ?? [];
    const isScaleOfWeights =
      own.length > 0 && own.every(({ node }) => node.opType === 'Mul' && node.inputs.some(isScale));
    const role = isScaleOfWeights ? 'constant' : roleOf(value, own);
    const { data, shape, dtype } = value;
    const held = holding(tensor(data, { shape, dtype, backend: js }), smallTypeIn(data));
    if (role === 'constant') constants.set(name, held);
    else {
      weights.set(name, new Parameter(held, role));
      drop(held); // the parameter has its own reference
    }
  };
  const read = [...uses.keys(), ...outputs];
  const constantOf = (name: string): OnnxConstant | undefined => file.constants.get(name) ?? file.handedOut.get(name);
  for (const name of read) constantOf(name)?.reserve?.();
  for (const name of read) {
    const constant = constantOf(name);
    if (constant && !constants.has(name) && !weights.has(name)) place(name, constant.read);
  }
  // Constants that are not tensors: single numbers and lists.
  for (const node of nodes)
    if (isConstant(node) && !file.constants.has(node.outputs[0]!))
      place(node.outputs[0]!, () => constantValue(node.attributes));
  return new OnnxModel(file, {
    inputs: file.inputs.map((port) => port.name).filter((name) => uses.has(name) || wanted.has(name)),
    outputs,
    nodes: graphNodes,
    weights,
    constants,
    keepsHalves,
  });
}

/** Uses by nodes that contribute to the outputs, except those that only compute a shape or a Resize's scales. */
function usesThatCount(nodes: readonly BuiltNode[], outputs: readonly string[]): BuiltNode['uses'] {
  const counts = new Set(outputs);
  return nodes.toReversed().flatMap(({ node, uses }) => {
    if (!node.outputs.some((name) => counts.has(name))) return [];
    for (const [name, { operator, input }] of uses) if (!operator?.steering.includes(input)) counts.add(name);
    return uses;
  });
}
