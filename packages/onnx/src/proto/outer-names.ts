import type { GraphProto } from './schema.ts';

/** Maximum nesting depth of graphs. */
const deepest = 24;

/** Names found so far: every graph around a graph asks for them. */
const found = new WeakMap<GraphProto, readonly string[]>();

/**
 * Names that a subgraph uses but does not define: values of the graphs around it.
 * @throws if graphs are nested too deeply
 */
export function outerNames(graph: GraphProto, depth = 0): readonly string[] {
  const known = found.get(graph);
  if (known) return known;
  if (depth > deepest) throw new Error(`Graphs are nested more than ${deepest} deep.`);
  const nodes = graph.node ?? [];
  const made = new Set([...(graph.input ?? []), ...(graph.initializer ?? [])].map(({ name }) => name ?? ''));
  for (const node of nodes) for (const name of node.output ?? []) made.add(name);
  const inner = nodes.flatMap((node) =>
    (node.attribute ?? []).flatMap(({ g, graphs }) => [...(g ? [g] : []), ...(graphs ?? [])]),
  );
  const used = [
    ...nodes.flatMap((node) => node.input ?? []),
    ...inner.flatMap((one) => outerNames(one, depth + 1)),
    ...(graph.output ?? []).map(({ name }) => name ?? ''),
  ];
  const names = [...new Set(used)].filter((name) => name && !made.has(name));
  found.set(graph, names);
  return names;
}
