import type { Module } from '@graft/layers';
import {
  type AnyOp,
  apply,
  type DType,
  type Graph,
  type GraphCall,
  type GraphValue,
  inParts,
  type Parameter,
  type Shape,
  type Tensor,
  trace,
} from '@graft/tensor';
import type { ExportValue } from './exporter.ts';
import { inferShapes } from './infer-shapes.ts';
import { type OnnxModel, standIns } from './onnx-model.ts';

/** An imported graph as one op of the traced one: its own nodes are copied, not written anew. */
export const ImportedGraph: AnyOp = {
  name: 'importedGraph',
  infer: ([x], model: OnnxModel) =>
    inferShapes(model, { inputShapes: { [model.inputs[0]!]: x!.shape } }).get(model.outputs[0]!)!,
};

export interface TraceOptions {
  /** Of one input, without the batch. */
  readonly inputShape: Shape;
  readonly dtype: DType;
  /** The batch where it is fixed. */
  readonly batch?: number | undefined;
  /** Whether imported graphs are written op by op, too; they are where their weights are computed. */
  readonly whole: boolean;
  /** Ops that can be written as they are; others are traced through their decomposition. */
  readonly writable: ReadonlySet<string>;
}

/** What a module does, with dimensions that change with the batch marked. */
export interface TracedModule {
  readonly graph: Graph;
  /** A value's shape; null where it changes with the batch. */
  shapeOf(value: GraphValue): ExportValue['shape'];
  /** Whether a call's attributes change with the batch. */
  changes(call: GraphCall): boolean;
}

/** Traces a module at two batch sizes: what differs is the batch. */
export function traceModule(module: Module, options: TraceOptions): TracedModule {
  const { inputShape, dtype, batch, whole, writable } = options;
  const seen: [Parameter, Tensor][] = [];
  const at = (size: number): Graph =>
    inParts(
      trace(
        (x) => {
          if (!whole)
            standIns.set(x.backend, (model, x) => {
              for (const parameter of model.weights.values()) seen.push([parameter, parameter.value]);
              return standIn(model, x);
            });
          return module.forward(x);
        },
        [{ shape: [size, ...inputShape], dtype }],
      ),
      ({ op }) => op === ImportedGraph || writable.has(op.name),
    );
  const graph = at(batch ?? 2);
  // Weights that were others while the graph ran, as under adapters, are not those that a copy of its nodes would have.
  if (seen.some(([parameter, value]) => parameter.value !== value))
    return traceModule(module, { ...options, whole: true });
  const other = batch === undefined ? at(3) : graph;
  if (
    graph.calls.length !== other.calls.length ||
    graph.calls.some((call, i) => call.op.name !== other.calls[i]!.op.name)
  )
    throw new Error(
      'The model does other things for a batch of 2 than for one of 3, so that no one graph stands for it.',
    );
  const twins = new Map<GraphValue, GraphValue>();
  const pairUp = (a: readonly GraphValue[], b: readonly GraphValue[]): void =>
    a.forEach((value, i) => twins.set(value, b[i]!));
  const attrsOf = new Map<GraphCall, unknown>();
  pairUp(graph.inputs, other.inputs);
  graph.calls.forEach((call, i) => {
    pairUp([...call.inputs, call.output], [...other.calls[i]!.inputs, other.calls[i]!.output]);
    attrsOf.set(call, other.calls[i]!.attrs);
  });
  pairUp(graph.outputs, other.outputs);
  return {
    graph,
    shapeOf: (value) => value.shape.map((dim, i) => (dim === twins.get(value)!.shape[i] ? dim : null)),
    changes: (call) => call.op !== ImportedGraph && JSON.stringify(call.attrs) !== JSON.stringify(attrsOf.get(call)),
  };
}

const standIn = (model: OnnxModel, x: Tensor): Tensor => {
  if (model.inputs.length !== 1 || model.outputs.length !== 1)
    throw new Error(
      `An imported graph with inputs ${model.inputs.join(', ')} and outputs ${model.outputs.join(', ')} cannot be a part of another model's file. Cut it to one of each.`,
    );
  return apply(ImportedGraph, [x], model);
};
