import { isFloat } from '../dtype.ts';
import { ruleOf, usesOf } from '../tape.ts';
import type { Graph, GraphValue } from '../trace.ts';
import { inParts } from './in-parts.ts';

/** What the backward pass would need of a function. */
export interface HeldForGradient {
  /** The graph as it would be recorded: ops without a gradient of their own in parts. */
  readonly graph: Graph;
  /** Values whose buffers are held from the forward pass to the backward pass; of values that share one buffer, the first. */
  readonly values: ReadonlySet<GraphValue>;
}

/**
 * Which values `valueAndGrad` would hold, by the same rules.
 * @param wanted the inputs or constants whose gradients are asked for
 */
export function heldForGradient(graph: Graph, wanted: Iterable<GraphValue>): HeldForGradient {
  const parts = inParts(graph, ({ op }) => op.gradient !== undefined);
  const tracked = new Set(wanted);
  const values = new Set<GraphValue>();
  const owners = new Map<GraphValue, GraphValue>();
  const hold = (value: GraphValue): void => void values.add(owners.get(value) ?? value);
  for (const { op, inputs, output } of parts.calls) {
    if (op.alias) owners.set(output, owners.get(inputs[0]!) ?? inputs[0]!);
    if (!op.gradient || !isFloat(output.dtype)) continue;
    for (const [i, input] of inputs.entries()) {
      if (!tracked.has(input) || ruleOf(op, i) === null) continue;
      tracked.add(output);
      for (const used of usesOf(op, i)) {
        if (used === 'output') hold(output);
        else if (used === 'inputs') inputs.forEach(hold);
        else if (inputs[used]) hold(inputs[used]);
      }
    }
  }
  return { graph: parts, values };
}
