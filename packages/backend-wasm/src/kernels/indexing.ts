import { bytesOf, sameShape, type Shape, sizeOf, stridesOf } from '@graft/tensor';
import type { Engine } from '../engine.ts';
import type { WasmOperand } from './float32.ts';
import type { KernelEntries, WasmKernel } from './index.ts';

/** Plans a walk over three inputs broadcast to `out`, in the format of assembly/layout.ts, and its units. */
function wherePlan(shapes: readonly [Shape, Shape, Shape], out: Shape): [plan: number[], units: number] {
  const bytes = [1, 4, 4];
  const steps = shapes.map((shape, k) => {
    const [own, lead] = [stridesOf(shape), out.length - shape.length];
    return out.map((_, i) => (i < lead || shape[i - lead] === 1 ? 0 : own[i - lead]! * bytes[k]!));
  });
  const dims: { size: number; steps: number[] }[] = [];
  for (let i = out.length - 1; i >= 0; i--) {
    const [size, own] = [out[i]!, steps.map((step) => step[i]!)];
    if (size === 1) continue;
    const inner = dims.at(-1);
    if (inner && own.every((step, k) => step === inner.steps[k]! * inner.size)) inner.size *= size;
    else dims.push({ size, steps: own });
  }
  if (!dims.length) dims.push({ size: 1, steps: [0, 0, 0] });
  return [
    [dims.length, ...dims.flatMap((dim) => [dim.size, ...dim.steps])],
    dims.slice(1).reduce((units, { size }) => units * size, 1),
  ];
}

/** Selection by condition and by index, for elements of four bytes. */
export function indexing(engine: Engine): KernelEntries {
  const { heap } = engine;
  const where: WasmKernel = ([condition, a, b], _attrs, out) => {
    const size = sizeOf(out.shape);
    if (condition!.dtype !== 'bool' || bytesOf(out.dtype) !== 4 || size === 0) return undefined;
    const y = engine.output(out);
    const pointers = [condition!.data.pointer, a!.data.pointer, b!.data.pointer, y.pointer];
    const [stepA, stepB] = [a!, b!].map(({ shape }) =>
      sizeOf(shape) === 1 ? 0 : sameShape(shape, out.shape) ? 16 : -1,
    ) as [number, number];
    if (sameShape(condition!.shape, out.shape) && stepA >= 0 && stepB >= 0)
      engine.run('where', size, size * 0.4, [...pointers, stepA, stepB], 1024);
    else {
      const [plan, units] = wherePlan([condition!.shape, a!.shape, b!.shape], out.shape);
      engine.run('whereBroadcast', units, size * 1.5, [engine.plan(plan), ...pointers]);
    }
    return y;
  };
  /** Rows for int32 or int64 indices; undefined if one is out of range, which the reference reports. */
  const rowsOf = ({ dtype, shape, data: { pointer } }: WasmOperand, length: number): Int32Array | undefined => {
    const count = sizeOf(shape);
    const rows = new Int32Array(count);
    const { int32 } = heap.views;
    for (let i = 0; i < count; i++) {
      const low = int32[pointer / 4 + (dtype === 'int64' ? 2 * i : i)]!;
      if (dtype === 'int64' && int32[pointer / 4 + 2 * i + 1] !== low >> 31) return undefined;
      if (low < -length || low >= length) return undefined;
      rows[i] = low < 0 ? low + length : low;
    }
    return rows;
  };
  const gather: WasmKernel = ([x, indices], { axis }: { axis: number }, out) => {
    if (
      bytesOf(x!.dtype) !== 4 ||
      (indices!.dtype !== 'int32' && indices!.dtype !== 'int64') ||
      sizeOf(out.shape) === 0
    )
      return undefined;
    const length = x!.shape[axis]!;
    const rows = rowsOf(indices!, length);
    if (!rows) return undefined;
    const y = engine.output(out);
    const [outer, inner] = [sizeOf(x!.shape.slice(0, axis)), sizeOf(x!.shape.slice(axis + 1))];
    engine.borrow(rows.length * 4, (table) => {
      heap.views.int32.set(rows, table / 4);
      engine.run('gather', outer * rows.length, sizeOf(out.shape) * 0.3, [
        table,
        x!.data.pointer,
        y.pointer,
        length,
        inner,
        rows.length,
      ]);
    });
    return y;
  };
  const gatherGrad: WasmKernel = ([g, indices], { axis, shape }: { axis: number; shape: Shape }, out) => {
    if (
      g!.dtype !== 'float32' ||
      (indices!.dtype !== 'int32' && indices!.dtype !== 'int64') ||
      sizeOf(g!.shape) === 0 ||
      sizeOf(shape) === 0
    )
      return undefined;
    const length = shape[axis]!;
    const rows = rowsOf(indices!, length);
    if (!rows) return undefined;
    const dx = engine.output(out);
    const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))];
    engine.borrow(rows.length * 4, (table) => {
      heap.views.int32.set(rows, table / 4);
      engine.run('gatherGrad', outer * Math.ceil(inner / 16), (sizeOf(g!.shape) + sizeOf(shape)) * 0.4, [
        table,
        g!.data.pointer,
        dx.pointer,
        length,
        inner,
        rows.length,
      ]);
    });
    return dx;
  };
  return [
    ['where', where],
    ['gather', gather],
    ['gatherGrad', gatherGrad],
  ];
}
