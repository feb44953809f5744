import { isFloat } from '../dtype.ts';
import { ruleOf, usesOf } from '../tape.ts';
import type { Graph, GraphValue } from '../trace.ts';
import { inParts } from './in-parts.ts';

/** What the backward pass of a function would hold. */
export interface HeldForGradient {
  /** The graph as it would be recorded: ops without gradient rules are decomposed. */
  readonly graph: Graph;
  /** Values whose buffers are held from the forward pass to the backward pass; if values share a buffer, only the first. */
  readonly values: ReadonlySet<GraphValue>;
}

/**
 * Finds the values that `valueAndGrad` would hold, by the same rules.
 * @param wanted the inputs or constants to differentiate with respect to
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
