import { type Parameter, showShape } from '@graft/tensor';
import type { AnyModule } from './inputs.ts';

/** Lines of a model, and parameters that are named beside their module. */
const [most, named] = [60, 3];

/** A module for people: the modules in it as a tree, each with how many parameters it has in all. */
export function showModule(module: AnyModule): string {
  const lines: string[] = [];
  const parents: string[] = [];
  for (const [path, one] of module.modules()) {
    while (parents.length && !`${path}.`.startsWith(parents.at(-1)! && `${parents.at(-1)!}.`)) parents.pop();
    const parent = parents.at(-1);
    const own = parent ? path.slice(parent.length + 1) : path;
    lines.push(`${'  '.repeat(parents.length)}${own ? `${own}: ` : ''}${described(one)}`);
    parents.push(path);
  }
  const rest = lines.length - most;
  return [...lines.slice(0, most), ...(rest > 0 ? [`… and ${rest} more modules`] : [])].join('\n');
}

function described(module: AnyModule): string {
  const parameters = [...module.parameters()];
  const weights = parameters.filter(([, { kind }]) => kind === 'weight');
  const count = (of: readonly (readonly [string, Parameter])[]): number =>
    of.reduce((sum, [, { value }]) => sum + value.size, 0);
  const [total, frozen] = [count(weights), count(weights.filter(([, parameter]) => parameter.frozen))];
  const isLeaf = [...module.modules()].length === 1;
  const notes = [
    ...(isLeaf && weights.length <= named
      ? weights.map(([path, { value }]) => `${path} ${showShape(value.shape)}`)
      : []),
    ...(total ? [`${total.toLocaleString('en-US')} parameter${total === 1 ? '' : 's'}`] : []),
    ...(frozen ? [frozen === total ? 'frozen' : `${frozen.toLocaleString('en-US')} frozen`] : []),
  ];
  return `${module.constructor.name}${notes.length ? ` (${notes.join(', ')})` : ''}`;
}
