import { type ReductionAttrs, type Shape, sizeOf } from '@graft/tensor';
import type { Engine } from '../engine.ts';
import { allFloat32 } from './float32.ts';
import type { KernelEntries, WasmKernel } from './index.ts';

/** A shape as runs of reduced and kept dimensions that take turns. */
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

/** Which loop computes a reduction, with its sizes. */
type Form =
  | { readonly kind: 'trailing'; readonly sizes: readonly [rows: number, n: number] }
  | { readonly kind: 'leading'; readonly sizes: readonly [outer: number, count: number, inner: number] }
  | { readonly kind: 'channels'; readonly sizes: readonly [n: number, c: number, p: number] };

function formOf(shape: Shape, axes: readonly number[]): Form | undefined {
  const runs = runsOf(shape, axes);
  const sizes = runs.map(({ size }) => size);
  switch (runs.map(({ reduced }) => (reduced ? 'r' : 'k')).join('')) {
    case '': return { kind: 'trailing', sizes: [1, 1] };
    case 'k': return { kind: 'trailing', sizes: [sizes[0]!, 1] };
    case 'r': return { kind: 'trailing', sizes: [1, sizes[0]!] };
    case 'kr': return { kind: 'trailing', sizes: sizes as [number, number] };
    case 'rk': return { kind: 'leading', sizes: [1, ...(sizes as [number, number])] };
    case 'krk': return { kind: 'leading', sizes: sizes as [number, number, number] };
    case 'rkr': return { kind: 'channels', sizes: sizes as [number, number, number] };
    default: return undefined;
  }
}

/** Reductions whose kept and reduced dimensions take turns at most twice; others are the reference's. */
export function reduction(engine: Engine): KernelEntries {
  const { kernels } = engine;
  const total = (scaleOf: (count: number) => number): WasmKernel => ([x], { axes }: ReductionAttrs, out) => {
    const form = allFloat32([x!]) ? formOf(x!.shape, axes) : undefined;
    if (!form) return undefined;
    const y = engine.output(out);
    const run = { trailing: kernels.sumTrailing, leading: kernels.sumLeading, channels: kernels.sumChannels }[form.kind];
    run(x!.data.pointer, y.pointer, ...form.sizes, scaleOf(sizeOf(x!.shape) / sizeOf(out.shape)));
    return y;
  };
  const extreme = (trailing: typeof kernels.peak, leading: typeof kernels.peak): WasmKernel => ([x], { axes }: ReductionAttrs, out) => {
    const form = allFloat32([x!]) ? formOf(x!.shape, axes) : undefined;
    if (!form || form.kind === 'channels') return undefined;
    const y = engine.output(out);
    (form.kind === 'trailing' ? trailing : leading)(x!.data.pointer, y.pointer, ...form.sizes);
    return y;
  };
  return [
    ['sum', total(() => 1)],
    ['mean', total((count) => 1 / count)],
    ['max', extreme(kernels.maxTrailing, kernels.maxLeading)],
    ['min', extreme(kernels.minTrailing, kernels.minLeading)],
  ];
}
