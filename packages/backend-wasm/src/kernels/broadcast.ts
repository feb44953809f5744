import { sameShape, type Shape, sizeOf } from '@graft/tensor';

/** Modes of a run's inputs, read by assembly/walk.ts. */
const BOTH_RUN = 0;
const A_REPEATS = 1;
const B_REPEATS = 2;

interface Dim {
  size: number;
  readonly a: number;
  readonly b: number;
}

/**
 * Plans a walk over two shapes broadcast to `out`, in the format of assembly/walk.ts: length of a run, its mode, number of outer dimensions,
 * then size and steps (bytes) of each, innermost first. Compatible dimensions are merged. Also returns the units: runs, or elements
 * if there is only one run.
 */
export function broadcastPlan(a: Shape, b: Shape, out: Shape, elementBytes = 4): [plan: number[], units: number] {
  if (sameShape(a, b)) return [[sizeOf(out), BOTH_RUN, 0], sizeOf(out)];
  const dims: Dim[] = [];
  let [stepA, stepB] = [1, 1];
  for (let i = 1; i <= out.length; i++) {
    const size = out[out.length - i]!;
    const [sizeA, sizeB] = [a[a.length - i] ?? 1, b[b.length - i] ?? 1];
    const dim = { size, a: sizeA === 1 ? 0 : stepA, b: sizeB === 1 ? 0 : stepB };
    stepA *= sizeA;
    stepB *= sizeB;
    if (size === 1) continue;
    const inner = dims.at(-1);
    if (inner && dim.a === inner.a * inner.size && dim.b === inner.b * inner.size) inner.size *= size;
    else dims.push(dim);
  }
  const [run = { size: 1, a: 1, b: 1 }, ...outer] = dims;
  const mode = run.a === 0 ? A_REPEATS : run.b === 0 ? B_REPEATS : BOTH_RUN;
  const plan = [
    run.size,
    mode,
    outer.length,
    ...outer.flatMap((dim) => [dim.size, dim.a * elementBytes, dim.b * elementBytes]),
  ];
  return [plan, outer.length ? outer.reduce((units, { size }) => units * size, 1) : run.size];
}
