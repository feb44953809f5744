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
  /** Whether a derivative is defined for a node's input. */
  readonly flows: (node: OnnxNode, input: number) => boolean;
  /** Whose float32 gradients are compared with those that were found right in float64 on the host. Default: none. */
  readonly backend?: AnyBackend;
  readonly operators?: readonly OnnxOperator[];
}

/** What {@link checkGradients} found out besides. */
export interface GradientCheck {
  /** Why there is no gradient to check. */
  readonly excluded?: string;
  /** Whether the function has a kink at the case's own values, so that values near them were taken. */
  readonly beside?: boolean;
}

/** How many points beside the case's own are looked at: some lie outside of where a function is defined. */
const tries = 4;
/** Of another backend's gradient: a share of its greatest element, by the coarsest floats that go in or come out. */
const tolerances: readonly (readonly [dtype: DType, tolerance: number])[] = [
  ['bfloat16', 1e-2],
  ['float16', 2e-3],
  ['float32', 1e-4],
];

/**
 * Checks the gradients of a case of the ONNX backend suite: of the sum of its outputs times fixed weights, for each float input and
 * weight, against central finite differences in float64.
 * @throws one sentence that says which gradient is wrong
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
      importOnnx(file, { operators: operators.map(widened) }),
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
            : 'no floating-point numbers go in, or none come out',
        };
      const own = exact.values;
      const isWhole = own.every((numbers) => numbers.every(Number.isFinite));
      const value = isWhole ? exact.lossAt(own) : Number.NaN;
      if (isWhole && !Number.isFinite(value))
        return { excluded: 'its outputs at its own values are no finite numbers' };
      const wrong = isWhole ? exact.mismatch(own, value) : 'Its own values are no finite numbers.';
      const point =
        wrong === undefined
          ? own
          : Array.from({ length: tries }, (_, i) => besideOf(own, exact.leaves, i)).find(
              (near) => exact.mismatch(near) === undefined,
            );
      if (!point) throw new Error(wrong);
      const beside = wrong === undefined ? {} : { beside: true };
      if (!backend) return beside;
      const other = new Differentiated(importOnnx(file, { operators }), given, reached, undefined, backend);
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

/** @throws where the gradients of another backend are not those of the host */
async function compare({ names, wanted, got: reading, tolerance }: Comparison): Promise<void> {
  const got = await reading;
  // Where one gradient is tiny beside the others, so is what it is a difference of.
  const least = Math.max(1e-2, 1e-2 * greatestOf(wanted.map((one) => greatestOf(one))));
  for (const [k, name] of names.entries()) {
    const greatest = greatestOf(wanted[k]!, least);
    const worst = wanted[k]!.findIndex((value, i) => !(Math.abs(value - got[k]![i]!) <= tolerance * greatest));
    if (worst >= 0)
      throw new Error(
        `The gradient of "${name}" is ${got[k]![worst]} at ${worst}, and ${wanted[k]![worst]} in float64 on the host.`,
      );
  }
}

/** Values within a percent, where no two are equal and none is 0 or beyond all numbers; as the leaves' dtypes hold them. */
const besideOf = (point: Point, leaves: readonly Leaf[], attempt: number): Point =>
  point.map((values, k) => {
    const random = new Random(k).fork('beside', attempt);
    const { dtype } = leaves[k]!;
    const near = values.map((value) =>
      Number.isFinite(value) ? value + (0.003 + 0.01 * Math.abs(value)) * random.range(-1, 1) : random.range(1, 2),
    );
    return toNumbers(toArray(near, dtype), dtype);
  });
