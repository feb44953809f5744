import { type AnyBatch, type Batch, isNamed } from '@graft/data';
import type { AnyModule, Inputs, ModuleInput } from '@graft/layers';
import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import { type AnyBackend, js, type Random, type Tensor, tensor } from '@graft/tensor';

/** Turns a batch of typed arrays into tensors on the model's backend, the inputs as one tensor or by name, class indices on the host. In training it gets random numbers of the step's own, else none. */
export type Prepare<B, In extends ModuleInput = ModuleInput> = (
  batch: B,
  backend: AnyBackend,
  random?: Random,
) => { input: In; target: Tensor };

/** What a standard batch becomes: one tensor, or tensors by name. */
export type InputOf<B extends AnyBatch> = B extends Batch ? Tensor : Inputs;

/** A kind of preparation that a configuration can name. Those that mix classes are told how many there are. */
export interface PreparationType extends Named {
  create(options?: object, context?: Context): Prepare<Batch>;
}
/** Ways to make what a model learns from of a batch, such as mixup, by name. */
export const preparation: ExtensionPoint<PreparationType> = extensionPoint(
  'preparation',
  'the option "prepare" of a run',
);

/** What training reads off a batch itself: the true answers, one for each sample unless their shape says `[samples, …]`. */
export interface LabelledBatch {
  readonly labels: ArrayLike<number>;
  readonly labelShape?: readonly number[];
}

/** How many samples a batch holds: what sums over samples and means are weighed by. */
export const samplesIn = ({ labels, labelShape }: LabelledBatch): number => labelShape?.[0] ?? labels.length;

/** For the standard batch: float32 inputs, or named ones in dtypes of their own; float32 numbers to predict in the batch's `labelShape`, or int32 class indices [samples], which stay on the host: losses look at them. */
export function prepareBatch<B extends AnyBatch>(batch: B, backend: AnyBackend): { input: InputOf<B>; target: Tensor } {
  const { labels, labelShape } = batch;
  const input: ModuleInput = isNamed(batch)
    ? Object.fromEntries(
        Object.entries(batch.inputs).map(([name, { data, shape, dtype }]) => [
          name,
          tensor(data, { shape, dtype, backend }),
        ]),
      )
    : tensor(batch.inputs, { shape: batch.shape, backend });
  return {
    input: input as InputOf<B>,
    target: tensor(labels, {
      ...(labelShape && { shape: labelShape }),
      backend: labels instanceof Float32Array ? backend : js,
    }),
  };
}

/** The backend a model's parameters are on; the host for one without any. */
export function backendOf(model: AnyModule): AnyBackend {
  for (const [, { value }] of model.parameters()) return value.backend;
  return js;
}
