import type { OnnxNode } from './read-model.ts';

/**
 * The nodes in an order in which each value is made before it is used: the file's own wherever that is one.
 * @param given values that are there before any node runs
 * @throws where a value has two sources or none, or nodes wait for each other
 */
export function sortNodes(nodes: readonly OnnxNode[], given: readonly string[]): OnnxNode[] {
  const source = new Map<string, OnnxNode>();
  const known = new Set(given);
  for (const node of nodes)
    for (const output of node.outputs) {
      const first = source.get(output);
      if (output && (first || known.has(output)))
        throw new Error(
          `The value "${output}" is made by node "${node.name}" (${node.opType}) and also ${first ? `by node "${first.name}" (${first.opType})` : 'given as input or initializer'}.`,
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
    // Depth first with a stack of our own: a file may chain more nodes than the call stack holds.
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
        throw new Error(`Node "${top.node.name}" (${top.node.opType}) wants the value "${name}", which nothing makes.`);
      if (state.get(from) === 'waiting')
        throw new Error(
          `Nodes "${from.name}" (${from.opType}) and "${top.node.name}" (${top.node.opType}) wait for each other through "${name}": the graph has a cycle.`,
        );
      if (state.has(from)) continue;
      state.set(from, 'waiting');
      stack.push({ node: from, next: 0, needs: needs(from) });
    }
  }
  return sorted;
}
