import type { LayerGroup } from '@graft/layers';
import type { Parameter } from '@graft/tensor';
import type { OnnxGraphNode, OnnxModel } from './onnx-model.ts';

/** A weight and the path of its module, inferred from names. */
interface Placed {
  readonly parameter: Parameter;
  readonly path: readonly string[];
  /** The stage of downsampling it belongs to: the fallback if names are not informative. */
  readonly stage: number;
}

/** Enough groups for recipes with layer-wise learning rates. */
const enough = 4;
/** Maximum number of levels of modules that groups distinguish. */
const deepest = 16;
/** More sibling modules than this are layers, not stages. */
const many = 12;

/** Groups parameters by depth, starting at the input. */
export function layerGroupsOf(model: OnnxModel): LayerGroup[] {
  const placed = placedWeights(model);
  const named = placed.filter((one) => one.path.length > 0).length * 2 > placed.length;
  // A flat list of layers, each its own group, is no better than no names.
  const flat = placed.every((one) => one.path.length < 2) && new Set(placed.map((one) => one.path[0])).size > many;
  if (!named || flat) return grouped(placed, (one) => `stage${one.stage + 1}`);
  // Modules to split into their children.
  const divided = new Set<string>();
  const key = ({ path }: Placed): string => {
    let depth = 1;
    while (depth < path.length && divided.has(path.slice(0, depth).join('.'))) depth++;
    return path.slice(0, depth).join('.');
  };
  for (;;) {
    const groups = grouped(placed, key);
    const largest = groups.reduce((a, b) => (b.parameters.length > a.parameters.length ? b : a));
    const inside = placed.filter(
      (one) => key(one) === largest.name && one.path.length > largest.name.split('.').length,
    );
    // A network of `features` and `classifier` is better grouped one level down; a row of blocks is grouped by block.
    const depth = largest.name.split('.').length;
    const numbered = (part: string | undefined): boolean => /\d$/.test(part ?? '');
    const row = largest.parameters.length * 2 > placed.length && inside.every(({ path }) => numbered(path[depth]));
    // Nearly everything is in one module that contains a row of layers: an encoder.
    const around =
      largest.parameters.length * 4 > placed.length * 3 && inside.some(({ path }) => path.slice(depth).some(numbered));
    if (inside.length === 0 || (groups.length >= enough && !row && !around)) return groups;
    divided.add(largest.name);
  }
}

function grouped(placed: readonly Placed[], key: (one: Placed) => string): LayerGroup[] {
  const groups = new Map<string, Parameter[]>();
  for (const one of placed) {
    const name = key(one);
    const known = groups.get(name);
    if (known) known.push(one.parameter);
    else groups.set(name, [one.parameter]);
  }
  return [...groups].map(([name, parameters]) => ({ name: name || 'other', parameters }));
}

/** All parameters that can be trained, in the order of their first use. */
function placedWeights({ nodes, weights, untrainable }: OnnxModel): Placed[] {
  const placed = new Map<Parameter, Placed>();
  let stage = 0;
  for (const node of nodes) {
    if (downsamples(node)) stage++;
    for (const name of node.inputs) {
      const parameter = weights.get(name);
      if (parameter && !placed.has(parameter) && !untrainable.has(name))
        placed.set(parameter, { parameter, path: modulePath(node, name).slice(0, deepest), stage });
    }
  }
  return [...placed.values()];
}

/** `/layer1/layer1.0/conv1/Conv` and `layer1.0.conv1.weight` both refer to the module layer1.0.conv1. */
export function modulePath(node: OnnxGraphNode, weight: string): string[] {
  const scopes = node.name.startsWith('/') ? node.name.split('/').slice(1, -1) : [];
  // A scope repeats its parents' path if it has an index: layer1, layer1.0.
  const path = scopes.reduce<string>(
    (outer, scope) =>
      outer && !scope.startsWith(`${outer.split('.').at(-1)}.`)
        ? `${outer}.${scope}`
        : [...outer.split('.').slice(0, -1), scope].join('.'),
    '',
  );
  if (path) return path.split('.').filter(Boolean);
  const parts = weight.split('.');
  return parts.length > 2 || (parts.length === 2 && /^(weight|bias|running_mean|running_var)$/.test(parts[1]!))
    ? parts.slice(0, -1)
    : [];
}

const downsamples = ({ source: { opType, attributes } }: OnnxGraphNode): boolean =>
  /^(Conv|MaxPool|AveragePool)$/.test(opType) && attributes.ints('strides', [1]).some((stride) => stride > 1);
