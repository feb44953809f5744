import { describe, expect, test } from 'vitest';
import {
  type AnyBackend,
  type AnyOp,
  apply,
  grad,
  isFloat,
  js,
  mul,
  Random,
  sum,
  type Tensor,
  toNumbers,
  trace,
} from '../index.ts';
import { checkGradient } from '../check-gradient.ts';
import { expectClose, type InputSpec, inputsOn, valuesOf } from './compare.ts';

/** Inputs to test an op with. */
export interface Sample {
  readonly inputs: readonly InputSpec[];
  readonly attrs?: unknown;
  /** The reason for not comparing the gradient with finite differences, if it cannot be. */
  readonly noGradient?: string;
  /** Relative tolerance of kernels in float32; default 1e-5. */
  readonly tolerance?: number;
}

/**
 * Declares tests that every op must pass: the inferred shape, reference = decomposition (float64), kernel = reference
 * (float32, on `backend`), gradient = finite differences, first and second order (float64, always on the host).
 * @param options gradients: false if they are checked elsewhere; default true
 */
export function describeOp(
  op: AnyOp,
  samples: readonly Sample[],
  backend: AnyBackend = js,
  { gradients = true }: { readonly gradients?: boolean } = {},
): void {
  describe(`${op.name} on ${backend.name}`, () => {
    for (const [n, sample] of samples.entries()) {
      const { inputs, attrs } = sample;
      const numbers = inputs.map((spec, i) => valuesOf(spec, new Random(n).fork(op.name, i)));
      const floats = inputs.flatMap((spec, i) => (spec.dtype === undefined || isFloat(spec.dtype) ? [i] : []));
      const onJs = (): Tensor[] => inputsOn(inputs, numbers, js, 'float64');
      if (op.reference && op.decompose)
        test(`#${n} reference = decomposition`, () => {
          const xs = onJs();
          expectClose(apply(op, xs, attrs).numbers(), op.decompose!(xs, attrs).numbers(), 1e-9);
        });
      test(`#${n} kernel = reference`, async () => {
        const xs = inputsOn(inputs, numbers, backend, 'float32');
        const y = apply(op, xs, attrs);
        expect(y.shape).toEqual(op.infer(xs, attrs).shape);
        const values = toNumbers(await y.array(), y.dtype);
        expectClose(values, apply(op, onJs(), attrs).numbers(), sample.tolerance ?? 1e-5);
      });
      test(`#${n} traces to the inferred spec`, () => {
        const xs = inputsOn(inputs, numbers, js, 'float32');
        const { outputs } = trace((...traced) => apply(op, traced, attrs), xs);
        expect({ shape: outputs[0]!.shape, dtype: outputs[0]!.dtype }).toEqual({ ...op.infer(xs, attrs) });
      });
      if (!gradients || sample.noGradient !== undefined || !isFloat(op.infer(onJs(), attrs).dtype) || !floats.length)
        continue;
      /** The op as a function of its floating-point inputs. */
      const differentiable =
        (fixed: readonly Tensor[]) =>
        (...moving: Tensor[]): Tensor =>
          apply(
            op,
            fixed.map((x, i) => moving[floats.indexOf(i)] ?? x),
            attrs,
          );
      const flows = (i: number): boolean =>
        !op.gradient || typeof op.gradient.rules === 'function' || Boolean(op.gradient.rules[i]);
      const moving = floats.filter(flows);
      if (!moving.length) continue;
      const of =
        (xs: readonly Tensor[]) =>
        (...tensors: Tensor[]): Tensor =>
          differentiable(xs)(...floats.map((i) => tensors[moving.indexOf(i)] ?? xs[i]!));
      test(`#${n} gradient = finite differences`, () => {
        const xs = onJs();
        checkGradient(
          of(xs),
          moving.map((i) => xs[i]!),
          { name: op.name },
        );
      });
      test(`#${n} second derivative = finite differences`, () => {
        const xs = onJs();
        for (const i of moving)
          checkGradient(
            (x) =>
              gradientOf(
                of(xs.with(i, x)),
                moving.map((k) => (k === i ? x : xs[k]!)),
                moving.indexOf(i),
              ),
            [xs[i]!],
            { name: `${op.name}'s gradient:`, tolerance: 1e-5 },
          );
      });
    }
  });
}

/** The gradient of one input, as a function that can be differentiated again. */
const gradientOf = (fn: (...inputs: Tensor[]) => Tensor, inputs: readonly Tensor[], which: number): Tensor =>
  grad(() => sum(mul(fn(...inputs), fn(...inputs))), [inputs[which]!])[0]!;
