import { type GuardedCall, sizeOf, type TensorSpec } from '@graft/tensor';

/** The work that a graph may still do. */
interface Work {
  /** Runs of nodes in loops. */
  runs: number;
  /** Elements read and written on the host, and multiply-adds. */
  elements: number;
}

let left: Work | undefined;

class OverBudget extends Error {}

/** Whether an error, or one of its causes, means that there was too much work. */
export const isOverBudget = (error: unknown): boolean =>
  error instanceof OverBudget || (error instanceof Error && isOverBudget(error.cause));

/** Runs a synchronous function that may do a limited amount of work. Inside another one, the outer limit applies. */
export function withinBudget<T>(work: Work, fn: () => T): T {
  if (left) return fn();
  left = { ...work };
  try {
    return fn();
  } finally {
    left = undefined;
  }
}

/** Maximum runs of nodes in loops in one call of a graph. Loops in loops multiply. */
export const mostRuns = 2 ** 19;
/** The same while a graph is traced: every op is recorded. */
export const mostTracedRuns = 2 ** 15;

let isRepeated = false;

/** Runs a part of a graph that may run more than once. */
export function repeated<T>(fn: () => T): T {
  const outer = isRepeated;
  isRepeated = true;
  try {
    return fn();
  } finally {
    isRepeated = outer;
  }
}

/** Counts runs of nodes in a body, if it may run more than once. @throws if there are too many in this call of the graph */
export function spendRuns(count: number): void {
  if (left && isRepeated && (left.runs -= count) < 0)
    throw new OverBudget('the loops of this graph run more nodes than are supported. Export it with fewer steps.');
}

/** Elements that are computed in the time that it takes to list one as a JavaScript number. */
const listed = 8;

/** Counts elements that an operator lists one by one. @throws if there are too many in this trace */
export const spendListed = (count: number): void => spendElements(listed * count);

/** Counts elements that are computed. @throws if there are too many in this trace */
export function spendElements(count: number): void {
  if (left && (left.elements -= count) < 0)
    throw new OverBudget(
      'computing with the constants of this graph takes too long to do in advance. Export the model with folded constants.',
    );
}

/** Maximum elements of one value of a traced graph: 1 GiB of float32. */
const largestValue = 2 ** 28;

/** Checks the size of a value that would be computed from the inputs. @throws if it is too large */
export function expectSize({ shape }: Pick<TensorSpec, 'shape'>): void {
  if (sizeOf(shape) > largestValue)
    throw new OverBudget(
      `a value of shape [${shape.join(', ')}] would have more than ${largestValue} elements. Use smaller inputs, or do not trust this model.`,
    );
}

/** Ops whose work exceeds the sizes of their inputs and results. */
const superlinear = /^(matmul|activatedConv|conv|attention|maxPool|avgPool|cholesky|det|solve|qr|svd|ctc)/;
/** Ops whose second input has the filters of each output channel. */
const convolution = /^(activatedConv|conv)[123]d$/;
/** The cost of recording one op, in elements. */
const recorded = 128;

/** The approximate work of a call: elements, or multiply-adds. */
export function workOf(result: TensorSpec, { backend, op, inputs }: GuardedCall): number {
  if (backend.trace) return recorded;
  const size = sizeOf(result.shape);
  if (op?.name === 'matmul') {
    const [a, b, out] = [...inputs, result].map(({ shape }) => shape.at(-1)! * shape.at(-2)!);
    return out ? size * Math.sqrt((a! * b!) / out) : 0;
  }
  const filters = op && convolution.test(op.name) ? inputs[1]?.shape : undefined;
  if (filters?.[0]) return size * (sizeOf(filters) / filters[0]);
  const largest = inputs.reduce((most, input) => Math.max(most, input.size), 1);
  return op && superlinear.test(op.name) ? size * largest : size + inputs.reduce((sum, input) => sum + input.size, 0);
}
