import { apply } from '../apply.ts';
import type { AnyBackend } from '../backend.ts';
import { upload } from '../create.ts';
import { isFloat } from '../dtype.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import type { Graph, GraphCall, GraphValue } from '../trace.ts';

/** The graph as rewriting rules see it. */
export interface GraphView {
  /** The call that produces a value; undefined for inputs and constants. */
  made(value: GraphValue): GraphCall | undefined;
  constant(value: GraphValue): Tensor | undefined;
  /** The value of a one-element constant, if the host can read it. */
  number(value: GraphValue): number | undefined;
  /** Whether a value has a single reader and is not an output, so its call can be fused into the reader. */
  usedOnce(value: GraphValue): boolean;
  /** Adds a constant. The tensor lives as long as the graph. */
  hold(tensor: Tensor): GraphValue;
}

/** Replaces a call with another that has the same output, or returns undefined to keep it. Unused calls are removed automatically. */
export type Rewrite = (call: GraphCall, view: GraphView) => GraphCall | undefined;

/**
 * Simplifies a graph: computes everything that depends on constants alone, then applies each rule to each
 * call, until nothing changes. The new graph takes ownership of the old one's constants.
 * @param backend where the graph will run
 */
export function rewrite(graph: Graph, rules: readonly Rewrite[], backend: AnyBackend): Graph {
  const constants = new Map(graph.constants);
  const own: Tensor[] = [];
  const makers = new Map<GraphValue, GraphCall>();
  const numbers = new Map<GraphValue, number>();
  const note = (value: GraphValue, tensor: Tensor): void => {
    if (tensor.size === 1 && tensor.backend.view) numbers.set(value, tensor.item());
  };
  const readers = countReaders(graph);
  let ids =
    Math.max(
      -1,
      ...[...graph.inputs, ...graph.constants.keys(), ...graph.calls.map((call) => call.output)].map(({ id }) => id),
    ) + 1;
  const hold = (
    tensor: Tensor,
    value: GraphValue = { id: ids++, shape: tensor.shape, dtype: tensor.dtype },
  ): GraphValue => {
    own.push(tensor.retain());
    constants.set(value, tensor);
    note(value, tensor);
    return value;
  };
  /** Removes a reader. A value without readers is not computed, so its call reads nothing either. */
  const leave = (value: GraphValue): void => {
    const left = readers.get(value)! - 1;
    readers.set(value, left);
    if (left === 0 && !graph.outputs.includes(value)) for (const input of makers.get(value)?.inputs ?? []) leave(input);
  };
  const view: GraphView = {
    made: (value) => makers.get(value),
    constant: (value) => constants.get(value),
    number: (value) => numbers.get(value),
    usedOnce: (value) => readers.get(value) === 1 && !graph.outputs.includes(value),
    hold,
  };
  scope(() => {
    // Numbers written in the function are on the host; integers are control data and stay there.
    for (const [value, tensor] of graph.constants) {
      note(value, tensor); // before it moves to a device that the host may not be able to read
      if (isFloat(tensor.dtype) && tensor.backend !== backend) hold(upload(tensor, backend), value);
    }
    for (let call of graph.calls) {
      if (call.inputs.length && call.inputs.every((input) => constants.has(input))) {
        const result = apply(
          call.op,
          call.inputs.map((input) => constants.get(input)!),
          call.attrs,
        );
        // Floats that are computed from integers are on the host, too.
        hold(isFloat(result.dtype) ? upload(result, backend) : result, call.output);
        continue;
      }
      for (let i = 0; i < rules.length; i++) {
        const changed = rules[i]!(call, view);
        if (!changed) continue;
        for (const input of changed.inputs) readers.set(input, (readers.get(input) ?? 0) + 1);
        for (const input of call.inputs) leave(input);
        [call, i] = [changed, -1]; // another rule may match the new call
      }
      makers.set(call.output, call);
    }
  });
  const calls = needed([...makers.values()], graph.outputs);
  const used = new Set([...calls.flatMap((call) => call.inputs), ...graph.outputs]);
  return {
    inputs: graph.inputs,
    outputs: graph.outputs,
    calls,
    constants: new Map([...constants].filter(([value]) => used.has(value))),
    dispose() {
      for (const tensor of own.splice(0)) tensor.release();
      graph.dispose();
    },
  };
}

function countReaders({ calls }: Graph): Map<GraphValue, number> {
  const counts = new Map<GraphValue, number>();
  for (const { inputs } of calls) for (const input of inputs) counts.set(input, (counts.get(input) ?? 0) + 1);
  return counts;
}

/** The calls that some values depend on, in topological order. */
function needed(calls: readonly GraphCall[], outputs: readonly GraphValue[]): GraphCall[] {
  const wanted = new Set(outputs);
  return calls
    .toReversed()
    .filter(({ inputs, output }) => {
      if (!wanted.has(output)) return false;
      for (const input of inputs) wanted.add(input);
      return true;
    })
    .toReversed();
}
