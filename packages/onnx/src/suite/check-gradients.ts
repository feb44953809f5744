import { type AnyBackend, type DType, isFloat, js, Random, scope, toArray, toNumbers } from '@graft/tensor';
import { importOnnx } from '../import-onnx.ts';
import type { OnnxOperator } from '../operator.ts';
import { standardOperators } from '../operators/index.ts';
import { type OnnxFile, type OnnxNode, readModel } from '../proto/read-model.ts';
import { type BackendCase, valueOf } from './check-case.ts';
import { Differentiated, greatestOf, type Leaf, type Point } from './differentiated.ts';
import { widened } from './widened.ts';

/** Options of {@link checkGradients}. */
export interface GradientOptions {
  /** Whether a node's input has a derivative. */
  readonly flows: (node: OnnxNode, input: number) => boolean;
  /** A backend whose float32 gradients are compared with the verified float64 gradients of the host. Default: none. */
  readonly backend?: AnyBackend;
  readonly operators?: readonly OnnxOperator[];
}

/** The result of {@link checkGradients}. */
export interface GradientCheck {
  /** The reason why there is no gradient to check. */
  readonly excluded?: string;
  /** Whether the function has a kink at the case's own values, so nearby values were used. */
  readonly beside?: boolean;
}

/** Number of additional points to try: some are outside the function's domain. */
const tries = 4;
/** Tolerance of another backend's gradient, relative to its largest element, by the coarsest float type of inputs and outputs. */
const tolerances: readonly (readonly [dtype: DType, tolerance: number])[] = [
  ['bfloat16', 1e-2],
  ['float16', 2e-3],
  ['float32', 1e-4],
];

/**
 * Checks the gradients of a case of the ONNX backend suite, for the sum of its outputs times fixed weights with respect to each float input and
 * weight, against central finite differences in float64.
 * @throws an error that says which gradient is wrong
 */
export async function checkGradients(
  { model: bytes, inputs }: Pick<BackendCase, 'model' | 'inputs'>,
  { flows, backend, operators = standardOperators }: GradientOptions,
): Promise<GradientCheck> {
  const { comparison, ...result } = scope((): GradientCheck & { comparison?: Comparison } => {
    const file = readModel(bytes);
    const given = file.inputs
      .slice(0, inputs.length)
      .map((port, i) => [port.name, valueOf(inputs[i]!, port, 'Input')] as const);
    const reached = differentiable(file, flows);
    const exact = new Differentiated(
      importOnnx(file, { operators: operators.map(widened), halves: 'keep' }),
      given,
      reached,
      'float64',
      js,
    );
    try {
      if (!exact.leaves.length)
        return {
          excluded: exact.hasFloats
            ? 'no derivative is defined from its inputs to its outputs'
            : 'it has no floating-point inputs, or no floating-point outputs',
        };
      const own = exact.values;
      const isWhole = own.every((numbers) => numbers.every(Number.isFinite));
      const value = isWhole ? exact.lossAt(own) : Number.NaN;
      if (isWhole && !Number.isFinite(value)) return { excluded: 'its outputs at its own values are not finite' };
      const wrong = isWhole ? exact.mismatch(own, value) : 'Its own values are not finite.';
      const nearby = wrong === undefined ? [] : Array.from({ length: tries }, (_, i) => besideOf(own, exact.leaves, i));
      const point = wrong === undefined ? own : nearby.find((near) => exact.mismatch(near) === undefined);
      if (!point) {
        if (!isWhole && nearby.every((near) => !Number.isFinite(exact.lossAt(near))))
          return { excluded: 'its outputs are not finite, also at nearby values' };
        throw new Error(wrong);
      }
      const beside = wrong === undefined ? {} : { beside: true };
      if (!backend) return beside;
      const other = new Differentiated(
        importOnnx(file, { operators, halves: 'keep' }),
        given,
        reached,
        undefined,
        backend,
      );
      try {
        return {
          ...beside,
          comparison: {
            names: exact.leaves.map(({ name }) => name),
            wanted: exact.gradientsAt(point),
            got: other.readGradientsAt(point),
            tolerance: toleranceOf(file),
          },
        };
      } finally {
        other.model.dispose();
      }
    } finally {
      exact.model.dispose();
    }
  });
  if (comparison) await compare(comparison);
  return result;
}

/** Names of values from which a derivative is defined to an output. */
function differentiable(file: OnnxFile, flows: GradientOptions['flows']): Set<string> {
  const reached = new Set(
    file.outputs
      .filter(({ dtype }) => ['sequence', 'optional', 'undefined'].includes(dtype) || isFloat(dtype as DType))
      .map(({ name }) => name),
  );
  for (const node of file.nodes.toReversed()) {
    if (!node.outputs.some((name) => name && reached.has(name))) continue;
    node.inputs.forEach((name, i) => void (name && flows(node, i) && reached.add(name)));
    for (const name of node.attributes.captured) reached.add(name);
  }
  return reached;
}

const toleranceOf = ({ inputs, outputs }: OnnxFile): number =>
  tolerances.find(([dtype]) => [...inputs, ...outputs].some((port) => port.dtype === dtype))?.[1] ?? 1e-4;

/** Gradients in float64 on the host, and those of another backend. */
interface Comparison {
  readonly names: readonly string[];
  readonly wanted: readonly (readonly number[])[];
  readonly got: Promise<readonly (readonly number[])[]>;
  readonly tolerance: number;
}

/** @throws if the gradients of another backend are not those of the host */
async function compare({ names, wanted, got: reading, tolerance }: Comparison): Promise<void> {
  const got = await reading;
  // A tiny gradient beside large ones is a difference of similarly tiny terms.
  const least = Math.max(1e-2, 1e-2 * greatestOf(wanted.map((one) => greatestOf(one))));
  for (const [k, name] of names.entries()) {
    const greatest = greatestOf(wanted[k]!, least);
    const worst = wanted[k]!.findIndex((value, i) => !(Math.abs(value - got[k]![i]!) <= tolerance * greatest));
    if (worst >= 0)
      throw new Error(
        `The gradient of "${name}" is ${got[k]![worst]} at ${worst}, but ${wanted[k]![worst]} in float64 on the host.`,
      );
  }
}

/** Values within one percent, all distinct, nonzero and finite, representable in the leaves' dtypes. */
const besideOf = (point: Point, leaves: readonly Leaf[], attempt: number): Point =>
  point.map((values, k) => {
    const random = new Random(k).fork('beside', attempt);
    const { dtype } = leaves[k]!;
    const near = values.map((value) =>
      Number.isFinite(value) ? value + (0.003 + 0.01 * Math.abs(value)) * random.range(-1, 1) : random.range(1, 2),
    );
    return toNumbers(toArray(near, dtype), dtype);
  });
