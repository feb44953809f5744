import { apply } from '../apply.ts';
import { drop, scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import type { Graph, GraphValue } from '../trace.ts';

/** Prepares a graph for repeated runs. Each value is freed after its last reader. */
export function runnable(graph: Graph): (inputs: readonly Tensor[]) => Tensor[] {
  const lastReads = graph.calls.map((): GraphValue[] => []);
  const last = new Map<GraphValue, number>();
  for (const [i, { inputs, output }] of graph.calls.entries())
    for (const value of [...inputs, output]) last.set(value, i);
  for (const [value, i] of last)
    if (!graph.outputs.includes(value) && !graph.inputs.includes(value) && !graph.constants.has(value))
      lastReads[i]!.push(value);
  return (inputs) =>
    scope(() => {
      const values = new Map<GraphValue, Tensor>(graph.constants);
      for (const [i, value] of graph.inputs.entries()) values.set(value, inputs[i]!);
      for (const [i, { op, inputs, output, attrs }] of graph.calls.entries()) {
        values.set(
          output,
          apply(
            op,
            inputs.map((input) => values.get(input)!),
            attrs,
          ),
        );
        for (const value of lastReads[i]!) drop(values.get(value)!);
      }
      return graph.outputs.map((value) => values.get(value)!);
    });
}
