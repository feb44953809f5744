import { type AnyOp, type GraphCall, type GraphValue, isFloat } from '@graft/tensor';
import type { TracedModel } from './infer-shapes.ts';
import type { OnnxNode } from './proto/read-model.ts';

/** Whether an op's input has a derivative. An op without rules is differentiated through its decomposition. */
function flows({ gradient, decompose }: AnyOp, input: number): boolean {
  if (!gradient) return decompose !== undefined;
  return Boolean(typeof gradient.rules === 'function' ? gradient.rules(input) : gradient.rules[input]);
}

/** Nodes that produce floats but block gradients, such as rounding or integers, so nothing before them can be trained. */
export function gradientStops({ calls, nodes }: TracedModel): OnnxNode[] {
  const makers = new Map(calls.map((call) => [call.output, call]));
  const computed = new Set(nodes.flatMap(({ outputs }) => outputs));
  return nodes.flatMap(({ node, inputs, outputs }) => {
    const given = new Set(inputs.filter((value) => value !== undefined));
    const floats = outputs.filter(
      (value) => value !== undefined && isFloat(value.dtype) && !given.has(value),
    ) as GraphValue[];
    // Integer inputs, such as tokens, have no gradient to lose.
    if (!floats.length || ![...given].some((value) => isFloat(value.dtype) || computed.has(value))) return [];
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
