import { arrayOf, type SliceAttrs, zerosOf } from '@graft/tensor';
import { type ExportCall, type ExportContext, type ExportValue, type OnnxExporter, wantOpset } from '../exporter.ts';
import { float } from '../proto/write.ts';

/** One dimension that changes with the batch is what is left; of several, those are copied that the input has at the same place. */
function reshape({ inputs: [x], output }: ExportCall, context: ExportContext): void {
  const open = output.shape.filter((dim) => dim === null).length;
  const copies = (i: number): boolean =>
    open > 1 && x!.shape[i] === null && output.shape.slice(0, i + 1).every((dim, k) => dim === x!.shape[k]);
  const target = output.shape.map((dim, i) => dim ?? (copies(i) ? 0 : -1));
  if (target.filter((dim) => dim === -1).length > 1)
    throw new Error(`a reshape with ${open} dimensions that change with the batch cannot be written.`);
  // "Everything from the second dimension on" is said as such, and holds for any batch.
  const row = x!.shape.slice(1).reduce<number>((size, dim) => size * (dim ?? Number.NaN), 1);
  if (target.length === 2 && target[0] === -1 && target[1] === row && x!.shape[0] === null)
    return void context.node('Flatten', [x!.name], { axis: 1 }, output.name);
  wantOpset(context, 5, 'Reshape');
  context.node('Reshape', [x!.name, context.integers(target)], {}, output.name);
}

/** A 1 leaves a dimension as it is, which is right for one that the input has already. */
function expand({ inputs: [x], output }: ExportCall, context: ExportContext): void {
  wantOpset(context, 8, 'Expand');
  const own = (i: number): number | null => x!.shape[i - (output.shape.length - x!.shape.length)] ?? null;
  const target = output.shape.map((dim, i) => {
    if (dim !== null) return dim;
    if (own(i) === null && i >= output.shape.length - x!.shape.length) return 1;
    throw new Error('a tensor that is spread over the batch cannot be written.');
  });
  context.node('Expand', [x!.name, context.integers(target)], {}, output.name);
}

function slice(
  { inputs: [x], attrs: { starts, sizes, steps }, output }: ExportCall<SliceAttrs>,
  context: ExportContext,
): void {
  const touched = x!.shape.flatMap((dim, i) => (output.shape[i] === dim && steps[i] === 1 ? [] : [i]));
  for (const axis of touched)
    if (x!.shape[axis] === null) throw new Error('a slice along the batch cannot be written.');
  // A backward slice that reaches the first element ends before it: the least number there is says so.
  const end = (axis: number): number => {
    const last = starts[axis]! + sizes[axis]! * steps[axis]!;
    return last < 0 ? -(2 ** 31) : last;
  };
  const [from, to, by] = [touched.map((axis) => starts[axis]!), touched.map(end), touched.map((axis) => steps[axis]!)];
  if (touched.length === 0) context.node('Identity', [x!.name], {}, output.name);
  else if (context.opset >= 10)
    context.node(
      'Slice',
      [x!.name, context.integers(from), context.integers(to), context.integers(touched), context.integers(by)],
      {},
      output.name,
    );
  else {
    if (by.some((step) => step !== 1)) wantOpset(context, 10, 'Slice with steps');
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
  { name: 'reshape', followsBatch: true, write: reshape },
  { name: 'expand', followsBatch: true, write: expand },
  { name: 'slice', followsBatch: true, write: slice },
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
