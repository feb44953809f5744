import { bytesOf, type Shape, type SliceAttrs, sizeOf, stridesOf } from '@graft/tensor';
import type { Engine } from '../engine.ts';
import type { WasmBuffer } from '../heap.ts';
import type { WasmOperand } from './float32.ts';
import type { KernelEntries } from './index.ts';

/** One dimension of a copy: size, and strides (in elements) on both sides. */
interface Dim {
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

/** Plans a strided copy, in the format of assembly/layout.ts, and its units; compatible dimensions are merged. */
function copyPlan(dims: readonly Dim[]): [plan: number[], units: number] {
  const joined: { size: number; from: number; to: number }[] = [];
  for (const dim of dims.toReversed()) {
    if (dim.size === 1) continue;
    const inner = joined.at(-1);
    if (inner && dim.from === inner.from * inner.size && dim.to === inner.to * inner.size) inner.size *= dim.size;
    else joined.push({ ...dim });
  }
  if (!joined.length) joined.push({ size: 1, from: 1, to: 1 });
  const [run, ...outer] = joined;
  return [
    [joined.length, ...joined.flatMap(inBytes)],
    outer.length ? outer.reduce((units, { size }) => units * size, 1) : run!.size,
  ];
}

const inBytes = ({ size, from, to }: Dim): number[] => [size, from * 4, to * 4];
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

/** Ops that only move elements of four bytes. */
export function movement(engine: Engine): KernelEntries {
  const isOwn = (operands: readonly WasmOperand[]): boolean => operands.every(({ dtype }) => bytesOf(dtype) === 4);
  const copy = (dims: readonly Dim[], from: number, to: number): void => {
    if (dims.some(({ size }) => size === 0)) return;
    const [plan, units] = copyPlan(dims);
    engine.run(
      'copyStrided',
      units,
      dims.reduce((size, dim) => size * dim.size, 0.4),
      [engine.plan(plan), from, to],
      plan[0] === 1 ? 1024 : 1,
    );
  };
  const fill = (y: WasmBuffer, value: number, size: number): void =>
    engine.run('fill', size, size * 0.1, [y.pointer, value], 1024);
  /** The dimensions of `sizes` with these strides. */
  const dimsOf = (sizes: Shape, from: readonly number[], to: readonly number[]): Dim[] =>
    sizes.map((size, i) => ({ size, from: from[i]!, to: to[i]! }));

  return [
    [
      'transpose',
      ([x], { permutation }: { permutation: readonly number[] }, out) => {
        if (!isOwn([x!]) || sizeOf(out.shape) === 0) return undefined;
        const y = engine.output(out);
        const strides = stridesOf(x!.shape);
        const dims = dimsOf(
          out.shape,
          permutation.map((axis) => strides[axis]!),
          stridesOf(out.shape),
        ).filter(({ size }) => size > 1);
        const [rows, columns] = [dims.findIndex(({ to }) => to === 1), dims.findIndex(({ from }) => from === 1)];
        // The innermost dimensions of both sides differ: transpose blocks of these two, and loop over the others.
        if (rows >= 0 && columns >= 0 && rows !== columns) {
          const [row, column] = [dims[rows]!, dims[columns]!];
          const outer = dims.filter((_, i) => i !== rows && i !== columns).toReversed();
          const plan = engine.plan([
            row.size,
            column.size,
            row.from * 4,
            column.to * 4,
            outer.length,
            ...outer.flatMap(inBytes),
          ]);
          engine.run(
            'transpose',
            Math.ceil(row.size / 16) * outer.reduce((count, { size }) => count * size, 1),
            sizeOf(out.shape),
            [plan, x!.data.pointer, y.pointer],
          );
          return y;
        }
        copy(dims, x!.data.pointer, y.pointer);
        return y;
      },
    ],
    [
      'expand',
      ([x], _attrs, out) => {
        if (!isOwn([x!])) return undefined;
        const y = engine.output(out);
        const lead = out.shape.length - x!.shape.length;
        const own = stridesOf(x!.shape);
        copy(
          dimsOf(
            out.shape,
            out.shape.map((_, i) => (i < lead || x!.shape[i - lead] === 1 ? 0 : own[i - lead]!)),
            stridesOf(out.shape),
          ),
          x!.data.pointer,
          y.pointer,
        );
        return y;
      },
    ],
    [
      'slice',
      ([x], { starts, steps }: SliceAttrs, out) => {
        if (!isOwn([x!])) return undefined;
        const y = engine.output(out);
        const own = stridesOf(x!.shape);
        copy(
          dimsOf(
            out.shape,
            own.map((stride, i) => stride * steps[i]!),
            stridesOf(out.shape),
          ),
          x!.data.pointer + dot(starts, own) * 4,
          y.pointer,
        );
        return y;
      },
    ],
    [
      'sliceGrad',
      ([g], { starts, steps }: SliceAttrs, out) => {
        if (!isOwn([g!])) return undefined;
        const dx = engine.output(out);
        const own = stridesOf(out.shape);
        fill(dx, 0, sizeOf(out.shape));
        copy(
          dimsOf(
            g!.shape,
            stridesOf(g!.shape),
            own.map((stride, i) => stride * steps[i]!),
          ),
          g!.data.pointer,
          dx.pointer + dot(starts, own) * 4,
        );
        return dx;
      },
    ],
    [
      'concat',
      (inputs, { axis }: { axis: number }, out) => {
        if (!isOwn(inputs)) return undefined;
        const y = engine.output(out);
        const row = sizeOf(out.shape.slice(axis));
        let column = 0;
        for (const x of inputs) {
          const own = sizeOf(x.shape.slice(axis));
          copy(
            [
              { size: sizeOf(x.shape.slice(0, axis)), from: own, to: row },
              { size: own, from: 1, to: 1 },
            ],
            x.data.pointer,
            y.pointer + column * 4,
          );
          column += own;
        }
        return y;
      },
    ],
    [
      'pad',
      ([x], { before, value }: { before: readonly number[]; value: number }, out) => {
        if (x!.dtype !== 'float32') return undefined;
        const y = engine.output(out);
        const [own, theirs] = [stridesOf(x!.shape), stridesOf(out.shape)];
        const inside = x!.shape.map((dim, i) =>
          Math.max(0, Math.min(dim, out.shape[i]! - before[i]!) - Math.max(0, -before[i]!)),
        );
        fill(y, value, sizeOf(out.shape));
        copy(
          dimsOf(inside, own, theirs),
          x!.data.pointer +
            dot(
              before.map((b) => Math.max(0, -b)),
              own,
            ) *
              4,
          y.pointer +
            dot(
              before.map((b) => Math.max(0, b)),
              theirs,
            ) *
              4,
        );
        return y;
      },
    ],
  ];
}
