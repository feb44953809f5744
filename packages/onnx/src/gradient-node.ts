import { GraphModule, type GraphNode } from '@graft/layers';
import { grad, sum, type Tensor } from '@graft/tensor';
import type { BuildBudget } from './build-budget.ts';
import type { OnnxNode } from './proto/read-model.ts';
import type { BuiltNode } from './subgraph.ts';
import { repeated } from './work-budget.ts';

export const isGradient = ({ opType, domain }: OnnxNode): boolean =>
  opType === 'Gradient' && domain === 'ai.onnx.preview.training';

/**
 * Derivatives of one value of the graph with respect to others (ai.onnx.preview.training.Gradient): the part of the graph between them is run again and
 * differentiated. The node's inputs are the values `xs` and `zs` by name.
 * @param before the nodes before it, in order
 */
export function gradientNode(node: OnnxNode, before: readonly GraphNode[], budget: BuildBudget): BuiltNode {
  budget.spend(
    before.reduce((sum, { inputs, outputs }) => sum + 4 + inputs.length + outputs.length, 0),
    `Node "${node.name}" (Gradient)`,
  );
  const xs = node.attributes.strings('xs');
  const names = [...xs, ...node.attributes.strings('zs', [])];
  const given = new Set(names);
  const y = node.attributes.string('y');
  const needed = new Set([y]);
  const nodes = before
    .toReversed()
    .filter((one) => {
      const used = one.outputs.some((name) => name && needed.has(name) && !given.has(name));
      if (used) for (const name of one.inputs) if (name) needed.add(name);
      return used;
    })
    .toReversed();
  const made = new Set(nodes.flatMap((one) => one.outputs));
  const around = [...needed].filter((name) => !made.has(name) && !given.has(name));
  const part = new GraphModule({
    inputs: [...names, ...around],
    outputs: [y],
    nodes,
    weights: new Map(),
    constants: new Map(),
  });
  return {
    uses: around.map((name) => [name, { node, input: node.inputs.length, operator: undefined }] as const),
    node: {
      name: node.name,
      type: node.opType,
      inputs: [...node.inputs, ...around],
      outputs: node.outputs,
      steering: around.map((_, i) => node.inputs.length + i),
      run(inputs, run) {
        const all = [...names, ...around];
        const values = new Map(inputs.flatMap((value, i) => (value ? [[all[i]!, value] as const] : [])));
        return grad(
          () => repeated(() => sum(part.call(values, run).get(y)!)),
          xs.map((_, i) => inputs[i] as Tensor),
        );
      },
    },
  };
}
