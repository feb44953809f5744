import { arrayOf, type SliceAttrs, zerosOf } from '@graft/tensor';
import type { Dimension } from '../export-inputs.ts';
import { type ExportCall, type ExportContext, type ExportValue, type OnnxExporter, requireOpset } from '../exporter.ts';
import { float } from '../proto/write.ts';

/**
 * A single dynamic dimension is inferred (-1). If there are several, dimensions at the same position of the input are copied, and input sizes are read at run time.
 */
function reshape({ inputs: [x], output }: ExportCall, context: ExportContext): void {
  const isOpen = (dim: Dimension): dim is string => typeof dim === 'string';
  const open = output.shape.filter(isOpen).length;
  const target = output.shape.map((dim, i) => (isOpen(dim) && open > 1 && x!.shape[i] === dim ? 0 : dim));
  const left = target.filter(isOpen);
  if (left.length <= 1) {
    const fixed = target.map((dim) => (isOpen(dim) ? -1 : dim));
    // Flattening from the second dimension is written as such, which works for any batch.
    const row = x!.shape.slice(1).reduce<number>((size, dim) => size * (isOpen(dim) ? Number.NaN : dim), 1);
    if (fixed.length === 2 && fixed[0] === -1 && fixed[1] === row && x!.shape[0] === output.shape[0])
      return void context.node('Flatten', [x!.name], { axis: 1 }, output.name);
    requireOpset(context, 5, 'Reshape');
    return void context.node('Reshape', [x!.name, context.integers(fixed)], {}, output.name);
  }
  const computed = left.filter((dim) => !context.isGiven(dim));
  if (computed.length > 1)
    throw new Error(
      `a reshape to ${open} dynamic dimensions, ${computed.length} of them computed, cannot be exported.`,
    );
  // A dimension computed from the others is inferred from them.
  const rest = target.indexOf(computed[0] ?? left[0]!);
  requireOpset(context, 5, 'Reshape');
  const parts = target.map((dim, i) => (i === rest ? -1 : dim));
  context.node('Reshape', [x!.name, context.sizes(parts)], {}, output.name);
}

/** A 1 keeps a dimension, which is correct for one that the input already has. */
function expand({ inputs: [x], output }: ExportCall, context: ExportContext): void {
  requireOpset(context, 8, 'Expand');
  const before = output.shape.length - x!.shape.length;
  const target = output.shape.map((dim, i) => (typeof dim === 'string' && x!.shape[i - before] === dim ? 1 : dim));
  context.node('Expand', [x!.name, context.sizes(target)], {}, output.name);
}

/** A position along an axis: from the front, from the back if negative, or the end of a dynamic dimension. */
function placeOf(places: readonly number[], lengths: readonly number[], open: Dimension): Dimension | undefined {
  const same = (values: readonly number[]): boolean => values.every((value) => value === values[0]);
  if (same(places)) return places[0];
  const fromBack = places.map((place, i) => place - lengths[i]!);
  if (same(fromBack)) return fromBack[0] === 0 ? 2 ** 31 - 1 : fromBack[0];
  return typeof open === 'string' ? open : undefined;
}

function slice(
  { inputs: [x], attrs: { steps }, output, variants }: ExportCall<SliceAttrs>,
  context: ExportContext,
): void {
  const at = variants.map(({ attrs, inputs: [shape], output: made }) => ({ ...(attrs as SliceAttrs), shape, made }));
  const touched = x!.shape.flatMap((dim, i) =>
    output.shape[i] === dim && at.every(({ starts, steps }) => starts[i] === 0 && steps[i] === 1) ? [] : [i],
  );
  const place = (axis: number, where: (one: (typeof at)[number]) => number, open: Dimension): Dimension => {
    const found = placeOf(
      at.map(where),
      at.map(({ shape }) => shape![axis]!),
      open,
    );
    if (found === undefined || at.some((one) => one.steps[axis] !== steps[axis]))
      throw new Error('a position computed from a dynamic dimension cannot be exported.');
    return found;
  };
  const from = touched.map((axis) => place(axis, ({ starts }) => starts[axis]!, 0));
  const to = touched.map((axis) => {
    const startsAtFront = at.every(({ starts }) => starts[axis] === 0);
    // A backward slice that includes the first element ends before it, which is written as the minimum int64.
    const end = (one: (typeof at)[number]): number => {
      const last = one.starts[axis]! + one.sizes[axis]! * one.steps[axis]!;
      return last < 0 ? -(2 ** 31) : last;
    };
    return place(axis, end, startsAtFront && steps[axis] === 1 ? output.shape[axis]! : 0);
  });
  const by = touched.map((axis) => steps[axis]!);
  const isKnown = (dims: readonly Dimension[]): dims is readonly number[] =>
    dims.every((dim) => typeof dim === 'number');
  if (touched.length === 0) context.node('Identity', [x!.name], {}, output.name);
  else if (context.opset >= 10)
    context.node(
      'Slice',
      [x!.name, context.sizes(from), context.sizes(to), context.integers(touched), context.integers(by)],
      {},
      output.name,
    );
  else {
    if (by.some((step) => step !== 1)) requireOpset(context, 10, 'Slice with steps');
    if (!isKnown(from) || !isKnown(to)) return requireOpset(context, 10, 'Slice to the size of a dynamic dimension');
    context.node('Slice', [x!.name], { starts: from, ends: to, axes: touched }, output.name);
  }
}

function pad(
  {
    inputs: [x],
    attrs: { before, after, value },
    output,
  }: ExportCall<{ before: readonly number[]; after: readonly number[]; value: number }>,
  context: ExportContext,
): void {
  const pads = [...before, ...after];
  if (context.opset < 11)
    return void context.node('Pad', [x!.name], { mode: 'constant', pads, value: float(value) }, output.name);
  context.node('Pad', [x!.name, context.integers(pads), filled(context, x!, value)], { mode: 'constant' }, output.name);
}

/** One number in a value's dtype. */
const filled = (context: ExportContext, { dtype }: ExportValue, value: number): string => {
  const data = zerosOf(dtype, 1);
  data[0] = (arrayOf(dtype) === BigInt64Array ? BigInt(value) : value) as never;
  return context.constant({ shape: [], dtype, data });
};

export const shapeExporters: readonly OnnxExporter[] = [
  { name: 'reshape', followsSizes: true, write: reshape },
  { name: 'expand', followsSizes: true, write: expand },
  { name: 'slice', followsSizes: true, write: slice },
  { name: 'pad', write: pad },
  {
    name: 'transpose',
    write: ({ inputs: [x], attrs: { permutation }, output }: ExportCall<{ permutation: readonly number[] }>, context) =>
      void context.node('Transpose', [x!.name], { perm: permutation }, output.name),
  },
  {
    name: 'concat',
    write: ({ inputs, attrs: { axis }, output }: ExportCall<{ axis: number }>, context) =>
      void context.node(
        'Concat',
        inputs.map((input) => input.name),
        { axis },
        output.name,
      ),
  },
  {
    name: 'gather',
    write: ({ inputs, attrs: { axis }, output }: ExportCall<{ axis: number }>, context) =>
      void context.node(
        'Gather',
        inputs.map((input) => input.name),
        { axis },
        output.name,
      ),
  },
];
