import { didYouMean } from '@graft/plugin';
import type { OnnxFile, OnnxNode } from './proto/read-model.ts';

/** Whether a node holds a constant. */
export const isConstant = (node: OnnxNode): boolean => node.opType === 'Constant' && node.domain === '';

/** The nodes that some values depend on, in topological order. */
export function neededNodes(file: OnnxFile, outputs: readonly string[]): OnnxNode[] {
  const made = new Set([...file.inputs.map((port) => port.name), ...file.nodes.flatMap((node) => node.outputs)]);
  for (const name of outputs)
    if (!made.has(name)) throw new Error(`The graph has no value "${name}".${didYouMean(name, [...made])}`);
  const needed = new Set(outputs);
  return file.nodes
    .toReversed()
    .filter((node) => {
      const used = node.outputs.some((name) => name && needed.has(name));
      if (used) for (const name of [...node.inputs, ...node.attributes.captured]) needed.add(name);
      return used;
    })
    .toReversed();
}
