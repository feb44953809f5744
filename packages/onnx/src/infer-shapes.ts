import { GraphModule } from '@graft/layers';
import {
  dtypes,
  type DType,
  type Graph,
  type GraphCall,
  type GraphValue,
  guarded,
  type Tensor,
  type TensorSpec,
  trace,
} from '@graft/tensor';
import type { OnnxGraphNode, OnnxModel } from './onnx-model.ts';
import { type InputArithmetic, inputArithmetic } from './input-arithmetic.ts';
import type { ValuePort } from './proto/read-model.ts';
import { smallTypeNamed } from './proto/small-types.ts';
import { wideDType } from './widen-halves.ts';
import { expectSize, mostTracedRuns, spendElements, withinBudget, workOf } from './work-budget.ts';

export interface ShapeOptions {
  /** Sizes of inputs by name. Dynamic dimensions default to 1 for the batch and 224 for height and width. */
  readonly inputShapes?: Readonly<Record<string, readonly number[]>>;
}

/** The size of an input port, with dynamic dimensions filled in. @param head what the graph tells about images */
export function portShape(
  port: ValuePort,
  { inputShapes = {} }: ShapeOptions = {},
  batch = 1,
  { channels = 1, channelsLast: isLast = false }: Partial<Pick<InputArithmetic, 'channels' | 'channelsLast'>> = {},
): readonly number[] {
  const given = Object.hasOwn(inputShapes, port.name) ? inputShapes[port.name] : undefined;
  if (given) return given;
  if (!port.shape)
    throw new Error(
      `The file does not specify the rank of its input "${port.name}". Give inputShapes: { '${port.name}': [1, 3, 224, 224] }.`,
    );
  const axis = isLast ? 3 : 1;
  return port.shape.map((dim, i) => {
    if (typeof dim === 'number') return dim;
    if (i === 0) return batch;
    if (port.shape!.length !== 4) return 1;
    return i === axis ? channels : 224;
  });
}

/** The dtype in which a model takes the values of an input port. */
export function portDType({ name, dtype }: ValuePort, { keepsHalves }: Pick<OnnxModel, 'keepsHalves'>): DType {
  if (dtype === 'undefined') throw new Error(`The file does not specify the type of its input "${name}".`);
  const known = smallTypeNamed(dtype)?.dtype ?? dtypes.find((one) => one === dtype);
  if (!known) throw new Error(`Input "${name}" holds ${dtype} values, which are not supported.`);
  return keepsHalves ? known : wideDType(known);
}

/** One run of a node while a model is traced. */
export interface TracedNode {
  readonly node: OnnxGraphNode;
  /** Its inputs and outputs in the graph; undefined for constants, weights and omitted ones. */
  readonly inputs: readonly (GraphValue | undefined)[];
  readonly outputs: readonly (GraphValue | undefined)[];
}

export interface TracedModel {
  readonly specs: ReadonlyMap<string, TensorSpec>;
  readonly calls: readonly GraphCall[];
  readonly nodes: readonly TracedNode[];
}

/**
 * Runs a model on the shapes of its inputs, without values. Outputs that exist only in training are omitted.
 * @param onFailure called with the node at which this failed
 */
export function traceNodes(
  model: OnnxModel,
  options: ShapeOptions = {},
  onFailure: (node: OnnxGraphNode) => void = () => {},
): TracedModel {
  const needed = new Set(model.inputs);
  const ports = model.file.inputs.filter((port) => needed.has(port.name));
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
  const whole = new EveryValue({ inputs, outputs: model.values(), nodes, weights, constants });
  let names: string[] = [];
  const run = (): Graph =>
    trace(
      (...given) => {
        const made = [...whole.call(new Map(ports.map((port, i) => [port.name, given[i]!])))].filter(
          ([, value]) => value as Tensor | undefined,
        );
        names = made.map(([name]) => name);
        return made.map(([, value]) => value);
      },
      ports.map((port) => ({
        shape: portShape(port, options, 1, port.shape?.length === 4 ? inputArithmetic(model.file, port.name) : {}),
        dtype: portDType(port, model),
      })),
    );
  // Constants are computed with in advance, in time proportional to the file.
  const elements = leastElements + 8 * heldElements(model);
  const graph = withinBudget({ runs: mostTracedRuns, elements }, () =>
    guarded(run, (result, call) => {
      expectSize(result);
      spendElements(workOf(result, call));
    }),
  );
  graph.dispose();
  return { specs: new Map(names.map((name, i) => [name, graph.outputs[i]!])), calls: graph.calls, nodes: traced };
}

/** Elements that may be computed with in advance, however small the file is. */
const leastElements = 2 ** 26;

const heldElements = ({ weights, constants }: OnnxModel): number =>
  [...Array.from(weights.values(), ({ value }) => value), ...constants.values()].reduce(
    (sum, { size }) => sum + size,
    0,
  );

/** Infers shape and dtype of every value without computing any. */
export const inferShapes = (model: OnnxModel, options: ShapeOptions = {}): ReadonlyMap<string, TensorSpec> =>
  traceNodes(model, options).specs;

/** A graph whose nodes may leave out outputs: all its values are wanted, if they exist. */
class EveryValue extends GraphModule {
  protected override missing(): Tensor {
    return undefined as unknown as Tensor;
  }
}
