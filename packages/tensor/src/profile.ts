import { observe, type Road } from './observe.ts';
import { showShape } from './spec.ts';

/** Time spent in an op with the same shapes, over all its calls. */
export interface ProfileRow {
  readonly op: string;
  /** Shapes of the inputs. */
  readonly shapes: string;
  readonly road: Road;
  readonly calls: number;
  readonly milliseconds: number;
}

/**
 * Runs a synchronous function and reports the time spent in each op, longest first. Ops of a decomposition count for themselves
 * and for the op they are parts of.
 * @returns the function's result, a row for each op and shapes, and the total time
 */
export function profile<T>(fn: () => T): { result: T; rows: readonly ProfileRow[]; milliseconds: number } {
  const rows = new Map<string, { op: string; shapes: string; road: Road; calls: number; milliseconds: number }>();
  const start = performance.now();
  const result = observe(fn, ({ op: { name }, inputs, road, milliseconds }) => {
    const shapes = inputs.map(({ shape }) => showShape(shape)).join(' ');
    const key = `${name} ${shapes} ${road}`;
    const row = rows.get(key) ?? { op: name, shapes, road, calls: 0, milliseconds: 0 };
    row.calls++;
    row.milliseconds += milliseconds;
    rows.set(key, row);
  });
  return {
    result,
    rows: [...rows.values()].sort((a, b) => b.milliseconds - a.milliseconds),
    milliseconds: performance.now() - start,
  };
}
