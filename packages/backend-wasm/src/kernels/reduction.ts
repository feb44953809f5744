import { type ReductionAttrs, type Shape, sizeOf } from '@graft/tensor';
import type { Engine } from '../engine.ts';
import { allFloat32 } from './float32.ts';
import type { KernelEntries, WasmKernel } from './index.ts';

/** Merges a shape into alternating runs of reduced and kept dimensions. */
interface Run {
  readonly reduced: boolean;
  size: number;
}
function runsOf(shape: Shape, axes: readonly number[]): Run[] {
  const runs: Run[] = [];
  shape.forEach((size, i) => {
    if (size === 1) return;
    const reduced = axes.includes(i);
    const last = runs.at(-1);
    if (last?.reduced === reduced) last.size *= size;
    else runs.push({ reduced, size });
  });
  return runs;
}

/** Chooses the loop for a reduction, with its sizes. */
type Form =
  | { readonly kind: 'trailing'; readonly sizes: readonly [rows: number, n: number] }
  | { readonly kind: 'leading'; readonly sizes: readonly [outer: number, count: number, inner: number] }
  | { readonly kind: 'channels'; readonly sizes: readonly [n: number, c: number, p: number] };

function formOf(shape: Shape, axes: readonly number[]): Form | undefined {
  const runs = runsOf(shape, axes);
  const sizes = runs.map(({ size }) => size);
  switch (runs.map(({ reduced }) => (reduced ? 'r' : 'k')).join('')) {
    case '':
      return { kind: 'trailing', sizes: [1, 1] };
    case 'k':
      return { kind: 'trailing', sizes: [sizes[0]!, 1] };
    case 'r':
      return { kind: 'trailing', sizes: [1, sizes[0]!] };
    case 'kr':
      return { kind: 'trailing', sizes: sizes as [number, number] };
    case 'rk':
      return { kind: 'leading', sizes: [1, ...(sizes as [number, number])] };
    case 'krk':
      return { kind: 'leading', sizes: sizes as [number, number, number] };
    case 'rkr':
      return { kind: 'channels', sizes: sizes as [number, number, number] };
    default:
      return undefined;
  }
}

/** Longer rows are summed in parts of this length, whose sums are added in order. */
const LONG = 2 ** 16;
/** Columns of a unit in assembly/reduce.ts. */
const COLUMNS = 64;

/** Reductions whose kept and reduced dimensions alternate at most twice; others are left to the reference. */
export function reduction(engine: Engine): KernelEntries {
  const { kernels } = engine;
  const total =
    (scaleOf: (count: number) => number): WasmKernel =>
    ([x], { axes }: ReductionAttrs, out) => {
      const form = allFloat32([x!]) ? formOf(x!.shape, axes) : undefined;
      if (!form) return undefined;
      const y = engine.output(out);
      const [from, to, size, scale] = [
        x!.data.pointer,
        y.pointer,
        sizeOf(x!.shape),
        scaleOf(sizeOf(x!.shape) / sizeOf(out.shape)),
      ];
      const nanoseconds = size * 0.1;
      switch (form.kind) {
        case 'trailing': {
          const [rows, n] = form.sizes;
          if (n <= LONG) engine.run('sumTrailing', rows, nanoseconds, [from, to, n, scale]);
          else {
            const parts = Math.ceil(n / LONG);
            engine.borrow(parts * 8, (sums) => {
              for (let row = 0; row < rows; row++) {
                engine.run('sumParts', parts, n * 0.1, [from + row * n * 4, n, LONG, sums]);
                kernels.addParts(sums, parts, to + row * 4, scale);
              }
            });
          }
          break;
        }
        case 'leading': {
          const [outer, count, inner] = form.sizes;
          engine.run('sumLeading', outer * Math.ceil(inner / COLUMNS), size * 0.4, [from, to, count, inner, scale]);
          break;
        }
        case 'channels':
          engine.run('sumChannels', form.sizes[1], nanoseconds, [from, to, ...form.sizes, scale]);
      }
      return y;
    };
  const extreme =
    (name: 'max' | 'min'): WasmKernel =>
    ([x], { axes }: ReductionAttrs, out) => {
      const form = allFloat32([x!]) ? formOf(x!.shape, axes) : undefined;
      if (!form) return undefined;
      const y = engine.output(out);
      const [from, to, nanoseconds] = [x!.data.pointer, y.pointer, sizeOf(x!.shape) * 0.3];
      switch (form.kind) {
        case 'trailing':
          engine.run(`${name}Trailing`, form.sizes[0], nanoseconds, [from, to, form.sizes[1]]);
          break;
        case 'leading':
          engine.run(`${name}Leading`, form.sizes[0] * Math.ceil(form.sizes[2] / COLUMNS), nanoseconds, [
            from,
            to,
            form.sizes[1],
            form.sizes[2],
          ]);
          break;
        case 'channels':
          engine.run(`${name}Channels`, form.sizes[1], nanoseconds, [from, to, ...form.sizes]);
      }
      return y;
    };
  return [
    ['sum', total(() => 1)],
    ['mean', total((count) => 1 / count)],
    ['max', extreme('max')],
    ['min', extreme('min')],
  ];
}
