import type { Parameter } from '@graft/tensor';
import { type CandidateCut, cutsAmong } from './candidate-cuts.ts';
import { mainCut, type MainCut, type MainCutOptions } from './main-cut.ts';
import type { OperatorProblem } from './diagnose-model.ts';
import { gradientStops } from './gradient-stops.ts';
import { importOnnx } from './import-onnx.ts';
import { type ShapeOptions, traceNodes } from './infer-shapes.ts';
import type { OnnxModel } from './onnx-model.ts';
import type { OnnxOperator } from './operator.ts';
import type { OnnxFile, OnnxNode } from './proto/read-model.ts';
import { isOverBudget } from './work-budget.ts';

/** The part of a file that can be run, and where it can be cut. */
export interface RunnablePart {
  readonly cuts: readonly CandidateCut[];
  /** Where a new head belongs. */
  readonly main?: MainCut | undefined;
  readonly stops: readonly OnnxNode[];
  /** Size of each weight, with the nodes that use it. */
  readonly weights: readonly (readonly [size: number, users: readonly OnnxNode[]])[];
  readonly obstacle?: string;
}

/** Maximum number of nodes with value-dependent shapes to skip one by one; fewer in large graphs, which are imported again each time. */
const most = 16;
/** Maximum number of nodes to import in all. */
const mostNodes = 2 ** 18;

/** Finds the part that can be run and traced without unsupported nodes; adds further ones that are found. */
export function runnablePart(
  file: OnnxFile,
  operators: readonly OnnxOperator[],
  blocked: Map<OnnxNode, OperatorProblem['problem']>,
  { output, sequences, strict = false, ...shapes }: ShapeOptions & MainCutOptions & { readonly strict?: boolean },
): RunnablePart {
  const none = (obstacle: string): RunnablePart => ({ cuts: [], stops: [], weights: [], obstacle });
  let reason = '';
  const rounds = strict ? 1 : Math.min(most, Math.ceil(mostNodes / file.nodes.length));
  for (let round = 0; round < rounds; round++) {
    const outputs = lastRunnable(file, blocked);
    if (!outputs.length) return none(reason || 'No part of it can be run.');
    let model: OnnxModel | undefined;
    let failed: OnnxNode | undefined;
    try {
      model = importOnnx(file, { operators, outputs });
      const traced = traceNodes(model, shapes, (node) => (failed = node.source));
      const users = new Map<string, OnnxNode[]>([...model.weights.keys()].map((name) => [name, []]));
      for (const { inputs, source } of model.nodes) for (const name of new Set(inputs)) users.get(name)?.push(source);
      const trainable = [...(model.weights as ReadonlyMap<string, Parameter>)].filter(
        ([, { kind }]) => kind === 'weight',
      );
      const weights = trainable.map(([name, { value }]) => [value.size, users.get(name)!] as const);
      const stops = gradientStops(traced, new Set(trainable.map(([name]) => name)));
      const main = mainCut(model, traced.specs, {
        output: outputs.includes(output ?? '') ? output : undefined,
        sequences,
      });
      return { cuts: cutsAmong(model, traced.specs), main, stops, weights };
    } catch (error) {
      reason = (error as Error).message;
      if (!failed || isOverBudget(error)) return none(reason);
      blocked.set(failed, 'shape unknown');
    } finally {
      model?.dispose();
    }
  }
  return none(reason);
}

/** The outputs and the inputs of unsupported nodes, as far as they can be computed. */
function lastRunnable(file: OnnxFile, blocked: ReadonlyMap<OnnxNode, unknown>): string[] {
  if (!blocked.size) return file.outputs.map(({ name }) => name);
  const lost = new Set<string>();
  const wanted = new Set<string>();
  for (const node of file.nodes) {
    const inputs = [...node.inputs, ...node.attributes.captured];
    if (!blocked.has(node) && !inputs.some((name) => lost.has(name))) continue;
    for (const name of node.outputs) lost.add(name);
    for (const name of inputs) wanted.add(name);
  }
  const made = new Set(file.nodes.flatMap((node) => (node.opType === 'Constant' ? [] : node.outputs)));
  return [...new Set([...file.outputs.map(({ name }) => name), ...wanted])].filter(
    (name) => name && made.has(name) && !lost.has(name),
  );
}
