import { GraphModule } from '@graft/layers';
import {
  dtypes,
  type DType,
  type GraphCall,
  type GraphValue,
  type Tensor,
  type TensorSpec,
  trace,
} from '@graft/tensor';
import type { OnnxGraphNode, OnnxModel } from './onnx-model.ts';
import type { ValuePort } from './proto/read-model.ts';

export interface ShapeOptions {
  /** Sizes of inputs by name. Open dimensions are otherwise 1 for the batch and 224 for height and width. */
  readonly inputShapes?: Readonly<Record<string, readonly number[]>>;
}

/** The size of an input port, with open dimensions filled in. */
export function portShape(port: ValuePort, { inputShapes = {} }: ShapeOptions = {}, batch = 1): readonly number[] {
  const given = inputShapes[port.name];
  if (given) return given;
  if (!port.shape)
    throw new Error(
      `The file does not say how many dimensions its input "${port.name}" has. Give inputShapes: { '${port.name}': [1, 3, 224, 224] }.`,
    );
  return port.shape.map((dim, i) =>
    typeof dim === 'number' ? dim : i === 0 ? batch : port.shape!.length === 4 && i > 1 ? 224 : 1,
  );
}

/** The dtype of an input port. */
export function portDType({ name, dtype }: ValuePort): DType {
  if (dtype === 'undefined') throw new Error(`The file does not say what kind of values its input "${name}" holds.`);
  const known = dtypes.find((one) => one === dtype);
  if (!known) throw new Error(`Input "${name}" holds ${dtype} values, which tensors cannot hold.`);
  return known;
}

/** One run of a node while a model is traced. */
export interface TracedNode {
  readonly node: OnnxGraphNode;
  /** Its inputs and outputs as they stand in the graph; undefined where they are constants, weights, or left out. */
  readonly inputs: readonly (GraphValue | undefined)[];
  readonly outputs: readonly (GraphValue | undefined)[];
}

export interface TracedModel {
  readonly specs: ReadonlyMap<string, TensorSpec>;
  readonly calls: readonly GraphCall[];
  readonly nodes: readonly TracedNode[];
}

/**
 * Runs a model on the sizes of its inputs alone. Outputs that a node only has in training are left out.
 * @param onFailure hears of the node at which that was not possible
 */
export function traceNodes(
  model: OnnxModel,
  options: ShapeOptions = {},
  onFailure: (node: OnnxGraphNode) => void = () => {},
): TracedModel {
  const ports = model.file.inputs.filter((port) => model.inputs.includes(port.name));
  const { inputs, weights, constants } = model;
  const traced: TracedNode[] = [];
  const valueOf = (x: Tensor | undefined): GraphValue | undefined =>
    x?.backend.trace ? (x.data as GraphValue) : undefined;
  const nodes = model.nodes.map((node) => ({
    ...node,
    run(...args: Parameters<typeof node.run>): ReturnType<typeof node.run> {
      try {
        const results = node.run(...args);
        traced.push({
          node,
          inputs: args[0].map(valueOf),
          outputs: (Array.isArray(results) ? (results as Tensor[]) : [results as Tensor]).map(valueOf),
        });
        return results;
      } catch (error) {
        onFailure(node);
        throw error;
      }
    },
  }));
  const whole = new GraphModule({ inputs, outputs: model.values(), nodes, weights, constants });
  let names: string[] = [];
  const graph = trace(
    (...given) => {
      const made = [...whole.call(new Map(ports.map((port, i) => [port.name, given[i]!])))].filter(
        ([, value]) => value as Tensor | undefined,
      );
      names = made.map(([name]) => name);
      return made.map(([, value]) => value);
    },
    ports.map((port) => ({ shape: portShape(port, options), dtype: portDType(port) })),
  );
  graph.dispose();
  return { specs: new Map(names.map((name, i) => [name, graph.outputs[i]!])), calls: graph.calls, nodes: traced };
}

/** Shape and dtype of every value, without computing one. */
export const inferShapes = (model: OnnxModel, options: ShapeOptions = {}): ReadonlyMap<string, TensorSpec> =>
  traceNodes(model, options).specs;
