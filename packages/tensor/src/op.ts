import { type ExtensionPoint, extensionPoint } from '@graft/plugin';
import type { HostArray, TensorSpec } from './spec.ts';
import type { Tensor } from './tensor.ts';

/** One application of an op, as a gradient rule sees it. */
export interface Call<Attrs = unknown> {
  /** All inputs; the values of those that the op's `uses` does not name may be gone. */
  readonly inputs: readonly Tensor[];
  /** The result; its values may be gone unless `uses` names 'output'. */
  readonly output: Tensor;
  readonly attrs: Attrs;
  /** Whether the gradient of this input is wanted. */
  wants(input: number): boolean;
  /** Makes a tensor that several rules of this call share, such as sums over the batch, once. */
  once(key: string, make: () => Tensor): Tensor;
}

/** Gradient of one input, given that of the output. Broadcasting is undone by the caller. */
export type GradientRule<Attrs = unknown> = (grad: Tensor, call: Call<Attrs>) => Tensor;

/** What a rule reads: an input by its index, every input, the output. */
export type Used = number | 'inputs' | 'output';

/** How gradients flow through an op. */
export interface Gradient<Attrs> {
  /** Whose values the rules read: one list for all rules, or one a rule. Nothing else is held for the backward pass. */
  readonly uses: readonly Used[] | readonly (readonly Used[])[];
  /** One rule an input, null where none flows; a function where the number of inputs varies. */
  readonly rules: readonly (GradientRule<Attrs> | null)[] | ((input: number) => GradientRule<Attrs> | null);
}

/** An operation on tensors, whatever backend they are on. */
export interface Op<Attrs = void> {
  readonly name: string;
  /** Shape and dtype of the result. Throws where the inputs do not fit. */
  infer(inputs: readonly TensorSpec[], attrs: Attrs): TensorSpec;
  /** Its meaning in plain TypeScript, in the tensors' own dtype. `out` holds anything at first. */
  reference?(inputs: readonly HostArray[], attrs: Attrs, out: HostArray): void;
  /** Its meaning in other ops. */
  decompose?(inputs: readonly Tensor[], attrs: Attrs): Tensor;
  readonly gradient?: Gradient<Attrs>;
  /** The result is its first input's buffer under another spec; nothing is computed. */
  readonly alias?: boolean;
}

/** An op whatever its attributes are. */
// An op whose attributes are not known here; the record's own type checks them where it is applied.
// oxlint-disable-next-line no-explicit-any
export type AnyOp = Op<any>;

/** Ops by name, for what reads names from a file, such as a traced graph. Applying an op needs no registration. */
export const op: ExtensionPoint<AnyOp> = extensionPoint('op');
