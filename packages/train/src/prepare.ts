import { type AnyBatch, type Batch, isNamed } from '@graft/data';
import type { AnyModule, Inputs, ModuleInput } from '@graft/layers';
import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import { type AnyBackend, js, type Random, type Tensor, tensor } from '@graft/tensor';

/** Turns a batch of typed arrays into tensors on the model's backend: one input tensor or named ones. Class indices stay on the host. `random` is given in training only, with a separate stream for each step. */
export type Prepare<B, In extends ModuleInput = ModuleInput> = (
  batch: B,
  backend: AnyBackend,
  random?: Random,
) => { input: In; target: Tensor };

/** The input of a standard batch: one tensor, or tensors by name. */
export type InputOf<B extends AnyBatch> = B extends Batch ? Tensor : Inputs;

/** A preparation that a configuration can create by name. The option `classes` is set for those that mix classes. */
export interface PreparationType extends Named {
  create(options?: object, context?: Context): Prepare<Batch>;
}
/** Batch preparations such as mixup, by name. */
export const preparation: ExtensionPoint<PreparationType> = extensionPoint(
  'preparation',
  'the option "prepare" of a run',
);

/** The part of a batch that training reads itself: labels, one per sample, or with the shape `labelShape` of `[samples, …]`. */
export interface LabelledBatch {
  readonly labels: ArrayLike<number>;
  readonly labelShape?: readonly number[];
}

/** Number of samples in a batch. */
export const samplesIn = ({ labels, labelShape }: LabelledBatch): number => labelShape?.[0] ?? labels.length;

/** Prepares a standard batch: float32 inputs, or named inputs with their own dtypes. Targets are float32 numbers with the batch's `labelShape`, or int32 class indices [samples], which stay on the host because losses check them. */
export function prepareBatch<B extends AnyBatch>(batch: B, backend: AnyBackend): { input: InputOf<B>; target: Tensor } {
  const input: ModuleInput = isNamed(batch)
    ? Object.fromEntries(
        Object.entries(batch.inputs).map(([name, { data, shape, dtype }]) => [
          name,
          tensor(data, { shape, dtype, backend }),
        ]),
      )
    : tensor(batch.inputs, { shape: batch.shape, backend });
  return { input: input as InputOf<B>, target: targetOf(batch, backend) };
}

/** The targets of a batch as {@link prepareBatch} gives them. */
export const targetOf = ({ labels, labelShape }: AnyBatch, backend: AnyBackend): Tensor =>
  tensor(labels, {
    ...(labelShape && { shape: labelShape }),
    backend: labels instanceof Float32Array ? backend : js,
  });

/** The backend of a model's parameters; the host backend for a model without parameters. */
export function backendOf(model: AnyModule): AnyBackend {
  for (const [, { value }] of model.parameters()) return value.backend;
  return js;
}
