import type { OnnxNode } from './read-model.ts';

/**
 * Sorts nodes topologically, keeping the file's order if it is valid.
 * @param given values available before any node runs
 * @throws if a value has two sources or none, or there is a cycle
 */
export function sortNodes(nodes: readonly OnnxNode[], given: readonly string[]): OnnxNode[] {
  const source = new Map<string, OnnxNode>();
  const known = new Set(given);
  for (const node of nodes)
    for (const output of node.outputs) {
      const first = source.get(output);
      if (output && (first || known.has(output)))
        throw new Error(
          `The value "${output}" is computed by node "${node.name}" (${node.opType}) and ${first ? `by node "${first.name}" (${first.opType})` : 'given as input or initializer'}.`,
        );
      if (output) source.set(output, node);
    }
  const sorted: OnnxNode[] = [];
  const state = new Map<OnnxNode, 'waiting' | 'done'>();
  const needs = (node: OnnxNode): string[] => [
    ...node.inputs,
    ...node.attributes.captured.filter((name) => source.has(name)),
  ];
  for (const start of nodes) {
    // Depth first with an explicit stack: a file may chain more nodes than the call stack can hold.
    const stack = [{ node: start, next: 0, needs: needs(start) }];
    if (state.has(start)) continue;
    state.set(start, 'waiting');
    while (stack.length) {
      const top = stack.at(-1)!;
      if (top.next === top.needs.length) {
        state.set(top.node, 'done');
        sorted.push(top.node);
        stack.pop();
        continue;
      }
      const name = top.needs[top.next++]!;
      if (!name || known.has(name)) continue;
      const from = source.get(name);
      if (!from)
        throw new Error(
          `Node "${top.node.name}" (${top.node.opType}) reads the value "${name}", which no node computes.`,
        );
      if (state.get(from) === 'waiting')
        throw new Error(
          `Nodes "${from.name}" (${from.opType}) and "${top.node.name}" (${top.node.opType}) depend on each other through "${name}": the graph has a cycle.`,
        );
      if (state.has(from)) continue;
      state.set(from, 'waiting');
      stack.push({ node: from, next: 0, needs: needs(from) });
    }
  }
  return sorted;
}
