import { type AnyOp, type GraphCall, type GraphValue, isFloat } from '@graft/tensor';
import type { TracedModel } from './infer-shapes.ts';
import type { OnnxNode } from './proto/read-model.ts';

/** Whether an op's input has a derivative. An op without rules is differentiated through its decomposition. */
export function flows({ gradient, decompose }: AnyOp, input: number): boolean {
  if (!gradient) return decompose !== undefined;
  return Boolean(typeof gradient.rules === 'function' ? gradient.rules(input) : gradient.rules[input]);
}

/**
 * Nodes that produce floats but block gradients, such as rounding or integers, so no weight before them can be trained.
 * @param weights names of the trainable weights
 */
export function gradientStops({ calls, nodes }: TracedModel, weights: ReadonlySet<string>): OnnxNode[] {
  const makers = new Map(calls.map((call) => [call.output, call]));
  // Values that depend on a weight; a mask made of tokens has no gradient to lose.
  const learned = new Set<GraphValue>();
  return nodes.flatMap(({ node, inputs, outputs }) => {
    const given = new Set(inputs.filter((value) => value !== undefined));
    const made = outputs.filter((value) => value !== undefined) as GraphValue[];
    const isBehindWeights = [...given].some((value) => learned.has(value));
    if (isBehindWeights || node.inputs.some((name) => weights.has(name))) for (const value of made) learned.add(value);
    const floats = made.filter((value) => isFloat(value.dtype) && !given.has(value));
    if (!floats.length || !isBehindWeights) return [];
    return learns(floats, given, makers) ? [] : [node.source];
  });
}

/** Whether a gradient of these values reaches one of the given floats. */
function learns(
  from: readonly GraphValue[],
  given: ReadonlySet<GraphValue>,
  makers: ReadonlyMap<GraphValue, GraphCall>,
): boolean {
  const seen = new Set<GraphValue>();
  const stack = [...from];
  for (let value = stack.pop(); value; value = stack.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    if (given.has(value)) return true;
    const call = makers.get(value);
    call?.inputs.forEach((input, i) => void (isFloat(input.dtype) && flows(call.op, i) && stack.push(input)));
  }
  return false;
}
