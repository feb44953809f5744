import {
  axisOf,
  concat,
  depthToSpace,
  expand,
  flatten,
  full,
  integers,
  narrow,
  pad,
  padWith,
  reshape,
  spaceToDepth,
  squeeze,
  type Tensor,
  upload,
  transpose,
  unsqueeze,
  broadcastShapes,
} from '@graft/tensor';
import {
  checkListed,
  checkSize,
  integersOf,
  numberOf,
  type OnnxOperator,
  operator,
  type OperatorNode,
} from '../operator.ts';

/** 0 copies the input's dimension unless `allowzero` is set; -1 is inferred. */
const reshaped = (x: Tensor, shape: readonly number[], allowZero = false): Tensor =>
  reshape(
    x,
    shape.map((dim, i) => (dim === 0 && !allowZero ? (x.shape[i] ?? 0) : dim)),
  );

function shapeOf(x: Tensor, { attributes }: OperatorNode): Tensor {
  const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + x.rank : at, 0), x.rank);
  return integers(x.shape.slice(clamp(attributes.int('start', 0)), clamp(attributes.int('end', x.rank))));
}

/** Splits into parts of given sizes, or of equal sizes (with a smaller last part if necessary). */
function split(x: Tensor, sizes: readonly number[] | undefined, { attributes, outputs }: OperatorNode): Tensor[] {
  const axis = axisOf(attributes.int('axis', 0), x.rank);
  const length = x.shape[axis] ?? 0;
  const each = Math.ceil(length / attributes.int('num_outputs', outputs.length));
  const own = sizes ?? outputs.map((_, i) => Math.max(0, Math.min(each, length - i * each)));
  if (own.reduce((sum, size) => sum + size, 0) !== length)
    throw new Error(`cannot split ${length} elements along axis ${axis} into ${own.join(' + ')}.`);
  let start = 0;
  return own.map((size) => narrow(x, axis, (start += size) - size, size));
}

/** Repeats the tensor along each axis. */
function tiled(x: Tensor, repeats: readonly number[]): Tensor {
  checkSize(x.shape.map((dim, i) => dim * repeats[i]!));
  return repeats.reduce((y, count, axis) => {
    if (count === 1) return y;
    const at = (n: number, dim: number): number[] => [...y.shape.slice(0, axis), n, dim, ...y.shape.slice(axis + 1)];
    const dim = y.shape[axis]!;
    return reshape(
      expand(reshape(y, at(1, dim)), at(count, dim)),
      y.shape.map((size, i) => (i === axis ? size * count : size)),
    );
  }, x);
}

/** @param pads before each axis, then after each; negative ones crop */
function padded(
  x: Tensor,
  pads: readonly number[],
  mode: string,
  value: number,
  axes = x.shape.map((_, i) => i),
): Tensor {
  if (pads.length !== 2 * axes.length)
    throw new Error(`its pads [${pads}] must be ${2 * axes.length} integers, for both ends of each axis.`);
  const before = Array<number>(x.rank).fill(0);
  const after = Array<number>(x.rank).fill(0);
  axes.forEach((axis, i) => {
    before[axisOf(axis, x.rank)] = pads[i]!;
    after[axisOf(axis, x.rank)] = pads[i + axes.length]!;
  });
  const shape = checkSize(x.shape.map((dim, i) => dim + before[i]! + after[i]!));
  if (x.size === 0) return upload(full(shape, value, { dtype: x.dtype }), x.backend);
  if (mode === 'constant') return pad(x, before, after, value);
  if (mode !== 'edge' && mode !== 'wrap' && mode !== 'reflect') throw new Error(`pad mode "${mode}" is not supported.`);
  checkListed(shape.filter((dim, i) => dim !== x.shape[i]));
  return padWith(x, before, after, mode);
}

export const shapeOperators: readonly OnnxOperator[] = [
  operator('Shape', 1, ([x], node) => shapeOf(x!, node)),
  operator('Size', 1, ([x]) => integers([x!.size], [])),
  operator('Identity', 1, ([x]) => x!),
  operator('Reshape', 1, ([x], { attributes }) => reshaped(x!, attributes.ints('shape'))),
  operator(
    'Reshape',
    5,
    ([x, shape], { attributes }) => reshaped(x!, integersOf(shape!, 'shape'), attributes.int('allowzero', 0) === 1),
    { inputs: 2, steering: [1] },
  ),
  operator('Flatten', 1, ([x], { attributes }) => {
    const axis = attributes.int('axis', 1);
    const at = axis < 0 ? axis + x!.rank : axis;
    if (at < 0 || at > x!.rank)
      throw new Error(`flatten expects an axis from −${x!.rank} to ${x!.rank} for ${x!.rank} dimensions, got ${axis}.`);
    return at === 0
      ? reshape(x!, [1, -1])
      : reshape(flatten(x!, at), [
          x!.shape.slice(0, at).reduce((a, b) => a * b, 1),
          x!.shape.slice(at).reduce((a, b) => a * b, 1),
        ]);
  }),
  operator('Squeeze', 1, ([x], { attributes }) => squeeze(x!, attributes.ints('axes', undefined))),
  operator('Squeeze', 13, ([x, axes]) => squeeze(x!, axes && integersOf(axes, 'axes')), {
    inputs: [1, 2],
    steering: [1],
  }),
  operator('Unsqueeze', 1, ([x], { attributes }) => unsqueeze(x!, attributes.ints('axes'))),
  operator('Unsqueeze', 13, ([x, axes]) => unsqueeze(x!, integersOf(axes!, 'axes')), { inputs: 2, steering: [1] }),
  operator('Transpose', 1, ([x], { attributes }) => transpose(x!, attributes.ints('perm', undefined))),
  operator('Concat', 1, (inputs, { attributes }) => concat(inputs as Tensor[], attributes.int('axis', 1)), {
    inputs: [1, Number.POSITIVE_INFINITY],
  }),
  operator('Split', 1, ([x], node) => split(x!, node.attributes.ints('split', undefined), node)),
  operator('Split', 13, ([x, sizes], node) => split(x!, sizes && integersOf(sizes, 'split'), node), {
    inputs: [1, 2],
    steering: [1],
  }),
  operator(
    'Expand',
    8,
    ([x, shape]) => expand(x!, checkSize(broadcastShapes(x!.shape, checkSize(integersOf(shape!, 'shape'))))),
    { inputs: 2, steering: [1] },
  ),
  operator('Tile', 6, ([x, repeats]) => tiled(x!, integersOf(repeats!, 'repeats')), { inputs: 2, steering: [1] }),
  operator('Pad', 1, ([x], { attributes }) =>
    padded(
      x!,
      attributes.ints(attributes.has('pads') ? 'pads' : 'paddings'),
      attributes.string('mode', 'constant'),
      attributes.float('value', 0),
    ),
  ),
  operator(
    'Pad',
    11,
    ([x, pads, value, axes], { attributes }) =>
      padded(
        x!,
        integersOf(pads!, 'pads'),
        attributes.string('mode', 'constant'),
        value ? numberOf(value, 'value') : 0,
        axes && integersOf(axes, 'axes'),
      ),
    { inputs: [2, 4], steering: [1, 2, 3] },
  ),
  operator('DepthToSpace', 1, ([x], { attributes }) =>
    depthToSpace(x!, attributes.int('blocksize'), attributes.string('mode', 'DCR') === 'CRD' ? 'channels' : 'blocks'),
  ),
  operator('SpaceToDepth', 1, ([x], { attributes }) =>
    spaceToDepth(x!, attributes.int('blocksize'), attributes.string('mode', 'DCR') === 'CRD' ? 'channels' : 'blocks'),
  ),
];
