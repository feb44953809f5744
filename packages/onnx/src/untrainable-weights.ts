import { type GraphValue, isFloat } from '@graft/tensor';
import { flows } from './gradient-stops.ts';
import { type ShapeOptions, traceNodes } from './infer-shapes.ts';
import { layer } from './main-cut.ts';
import type { OnnxModel } from './onnx-model.ts';
import { dataInputs, weightDerived } from './weight-derived.ts';

/** What gradients cannot train in a network. */
export interface Untrainable {
  /** Numbers of layers, and of those whose weights are integers. */
  readonly layers: number;
  readonly quantized: number;
  /** Names of float weights that no gradient reaches, because values behind them are rounded to integers. */
  readonly weights: readonly string[];
}

/** Finds what cannot be trained by gradients of the model's outputs. @throws if a node does not accept the shapes of the inputs */
export function untrainable(model: OnnxModel, options: ShapeOptions = {}): Untrainable {
  const { calls, nodes } = traceNodes(model, options);
  const makers = new Map(calls.map((call) => [call.output, call]));
  const isStatic = weightDerived(model);
  const reached = new Set(model.outputs);
  const learned = new Set<string>();
  for (const { node, inputs, outputs } of nodes.toReversed()) {
    const ends = outputs.filter(
      (value, i): value is GraphValue => value !== undefined && reached.has(node.outputs[i]!) && isFloat(value.dtype),
    );
    // A node of weights alone, such as one that transposes them, is not part of the traced graph.
    if (!ends.length && !node.outputs.some((name) => reached.has(name) && isStatic(name))) continue;
    const found = valuesReached(ends, new Set(inputs.filter((value) => value !== undefined)), makers);
    for (const [i, name] of node.inputs.entries()) {
      const value = inputs[i];
      if (!name || (value && !found.has(value))) continue;
      reached.add(name);
      if (model.weights.has(name)) learned.add(name);
    }
  }
  const layers = model.nodes.filter((node) => layer.test(node.type) && dataInputs(node).slice(1).some(isStatic));
  const isInteger = integerDerived(model);
  return {
    layers: layers.length,
    quantized: layers.filter((node) => dataInputs(node).slice(1).some(isInteger)).length,
    weights: [...model.weights].flatMap(([name, { kind }]) => (kind === 'weight' && !learned.has(name) ? [name] : [])),
  };
}

/** The given values that gradients of others reach. */
function valuesReached(
  from: readonly GraphValue[],
  given: ReadonlySet<GraphValue>,
  makers: ReadonlyMap<GraphValue, ReturnType<typeof traceNodes>['calls'][number]>,
): Set<GraphValue> {
  const [seen, found] = [new Set<GraphValue>(), new Set<GraphValue>()];
  const stack = [...from];
  for (let value = stack.pop(); value; value = stack.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    if (given.has(value)) {
      found.add(value);
      continue;
    }
    const call = makers.get(value);
    call?.inputs.forEach((input, i) => void (isFloat(input.dtype) && flows(call.op, i) && stack.push(input)));
  }
  return found;
}

/** Tells whether a value is computed from constant integers, as a dequantised weight is. */
function integerDerived({ nodes, constants }: OnnxModel): (value: string) => boolean {
  const derived = new Set([...constants].flatMap(([name, { dtype }]) => (/^u?int(8|16)$/.test(dtype) ? [name] : [])));
  for (const node of nodes)
    if (
      /^(DequantizeLinear|Transpose|Reshape|Cast|Identity|Unsqueeze|Squeeze)$/.test(node.type) &&
      derived.has(node.inputs[0] ?? '')
    )
      for (const name of node.outputs) if (name) derived.add(name);
  return (name) => derived.has(name);
}
