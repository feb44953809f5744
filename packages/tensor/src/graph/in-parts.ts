import { type Graph, type GraphCall, type GraphValue, trace } from '../trace.ts';

/**
 * Replaces some calls with their ops' decompositions, recursively. Other calls keep their values.
 * @param whole whether to keep a call; calls whose op has no decomposition are always kept
 */
export function inParts(graph: Graph, whole: (call: GraphCall) => boolean): Graph {
  const constants = new Map(graph.constants);
  const expand = (call: GraphCall): GraphCall[] => {
    const { op, inputs, output, attrs } = call;
    if (!op.decompose || whole(call)) return [call];
    const inner = trace((...xs) => op.decompose!(xs, attrs), inputs);
    const outer = new Map<GraphValue, GraphValue>(inner.inputs.map((value, i) => [value, inputs[i]!]));
    // A decomposition that returns an input or constant produces no value to rename.
    if (!inner.calls.some((one) => one.output === inner.outputs[0])) return [call];
    outer.set(inner.outputs[0]!, output);
    for (const [value, held] of inner.constants) constants.set(value, held);
    return inner.calls.flatMap((one) =>
      expand({
        ...one,
        inputs: one.inputs.map((value) => outer.get(value) ?? value),
        output: outer.get(one.output) ?? one.output,
      }),
    );
  };
  return { ...graph, calls: graph.calls.flatMap(expand), constants };
}
