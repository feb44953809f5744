/** A function's value and gradient at a point. */
export interface Evaluated {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** Options of {@link lbfgs}. */
export interface LbfgsOptions {
  /** The diagonal of an approximate inverse of the Hessian. */
  readonly inverseHessian: Float64Array;
  /** Stops when a step is expected to lower the value by less than this; default 1e-6 of the value. */
  readonly tolerance?: (value: number) => number;
  /** Maximum number of iterations; default 200. */
  readonly iterations?: number;
}

/** Where {@link lbfgs} stopped. */
export interface Minimum {
  readonly point: Float64Array;
  readonly value: number;
  readonly iterations: number;
}

/** Number of steps from which the curvature is estimated. */
const memory = 10;
const mostHalvings = 20;

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};
/** y += factor · x */
const addTo = (y: Float64Array, factor: number, x: Float64Array): void => {
  for (let i = 0; i < y.length; i++) y[i]! += factor * x[i]!;
};

interface Step {
  /** Change of the point and of the gradient. */
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly rho: number;
}

/**
 * Minimises a smooth convex function with preconditioned L-BFGS (Nocedal and Wright 2006, algorithm 7.5) and a backtracking line search.
 * A generator: it yields points and receives their {@link Evaluated}, so several problems can be evaluated at once.
 */
export function* lbfgs(
  start: Float64Array,
  { inverseHessian, tolerance = (value) => 1e-6 * Math.abs(value), iterations = 200 }: LbfgsOptions,
): Generator<Float64Array, Minimum, Evaluated> {
  let point = start;
  let { value, gradient } = yield point;
  const steps: Step[] = [];
  let count = 0;
  while (count < iterations) {
    const direction = descent(gradient, steps, inverseHessian);
    const slope = dot(direction, gradient);
    if (!(-slope > tolerance(value))) break;
    let [rate, next, found] = [1, point, undefined as Evaluated | undefined];
    for (let halvings = 0; halvings <= mostHalvings; halvings++, rate /= 2) {
      next = point.slice();
      addTo(next, rate, direction);
      const there: Evaluated = yield next;
      if (there.value <= value + 1e-4 * rate * slope) {
        found = there;
        break;
      }
    }
    if (!found) break; // rounding hides any further progress
    count++;
    const [s, y] = [next.slice(), found.gradient.slice()];
    addTo(s, -1, point);
    addTo(y, -1, gradient);
    const curvature = dot(s, y);
    if (curvature > 1e-10 * Math.sqrt(dot(s, s) * dot(y, y))) steps.push({ s, y, rho: 1 / curvature });
    if (steps.length > memory) steps.shift();
    [point, value, gradient] = [next, found.value, found.gradient];
  }
  return { point, value, iterations: count };
}

/** The direction of the next step: the two-loop recursion. */
function descent(gradient: Float64Array, steps: readonly Step[], inverseHessian: Float64Array): Float64Array {
  const direction = gradient.slice();
  const factors = steps.map(() => 0);
  for (let i = steps.length - 1; i >= 0; i--) {
    const { s, y, rho } = steps[i]!;
    factors[i] = rho * dot(s, direction);
    addTo(direction, -factors[i]!, y);
  }
  const last = steps.at(-1);
  let scale = 1;
  if (last) {
    let weighted = 0; // yᵀ H₀ y
    for (let i = 0; i < last.y.length; i++) weighted += last.y[i]! ** 2 * inverseHessian[i]!;
    scale = 1 / (last.rho * weighted);
  }
  for (let i = 0; i < direction.length; i++) direction[i]! *= scale * inverseHessian[i]!;
  for (const [i, { s, y, rho }] of steps.entries()) addTo(direction, factors[i]! - rho * dot(y, direction), s);
  for (let i = 0; i < direction.length; i++) direction[i] = -direction[i]!;
  return direction;
}
