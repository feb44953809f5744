import type { HostArray, TensorSpec } from './spec.ts';
import type { Tensor } from './tensor.ts';

/** One application of an op, as passed to gradient rules. */
export interface Call<Attrs = unknown> {
  /** All inputs; the values of inputs not listed in the op's `uses` may be freed. */
  readonly inputs: readonly Tensor[];
  /** The result; its values may be freed unless `uses` lists 'output'. */
  readonly output: Tensor;
  readonly attrs: Attrs;
  /** Whether the gradient of this input is needed. */
  needsGradient(input: number): boolean;
  /** Computes a tensor once that several rules of this call share, such as sums over the batch. */
  once(key: string, make: () => Tensor): Tensor;
}

/** Computes the gradient of one input from that of the output. The caller undoes broadcasting. */
export type GradientRule<Attrs = unknown> = (grad: Tensor, call: Call<Attrs>) => Tensor;

/** What a rule reads: an input by its index, every input, the output. */
export type Used = number | 'inputs' | 'output';

/** An op's gradient rules. */
export interface Gradient<Attrs> {
  /** Values that the rules read: one list for all rules, or one per rule. Nothing else is held for the backward pass. */
  readonly uses: readonly Used[] | readonly (readonly Used[])[];
  /** One rule per input, null if no gradient flows; a function if the number of inputs varies. */
  readonly rules: readonly (GradientRule<Attrs> | null)[] | ((input: number) => GradientRule<Attrs> | null);
}

/** An operation on tensors, independent of the backend. */
export interface Op<Attrs = void> {
  readonly name: string;
  /** Shape and dtype of the result. Throws if the inputs do not fit. */
  infer(inputs: readonly TensorSpec[], attrs: Attrs): TensorSpec;
  /** Reference implementation in TypeScript, in the tensors' own dtype. `out` is uninitialised. */
  reference?(inputs: readonly HostArray[], attrs: Attrs, out: HostArray): void;
  /** Definition in terms of other ops. */
  decompose?(inputs: readonly Tensor[], attrs: Attrs): Tensor;
  readonly gradient?: Gradient<Attrs>;
  /** The result shares its first input's buffer with another spec; nothing is computed. */
  readonly alias?: boolean;
}

/** An op with any attributes. */
// Attributes are unknown here; they are type-checked where the op is applied.
// oxlint-disable-next-line no-explicit-any
export type AnyOp = Op<any>;
