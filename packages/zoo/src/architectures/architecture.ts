import type { AnyModule } from '@graft/layers';
import { type Context, type ExtensionPoint, extensionPoint, type Named } from '@graft/plugin';
import type { DType, Shape } from '@graft/tensor';

/** A network defined in code with random weights, for training from scratch or for loading weights from another source. */
export interface Architecture extends Named {
  /** Shape of the input without the batch dimension; default [3, 224, 224]. */
  readonly inputShape?: readonly number[];
  /** The inputs by name, including the batch, if there are several: `{ input_ids: { shape: ['batch', 'tokens'], dtype: 'int64' } }`. */
  readonly inputs?: Readonly<Record<string, { readonly shape: readonly (number | string)[]; readonly dtype: DType }>>;
  /** The name of the output in an exported file; default `logits`. */
  readonly output?: string;
  /**
   * The name of a parameter here by its name in another library, such as timm; a name that is not known is returned unchanged. Several names are those of
   * parameters whose rows are in the tensor one after another, all of the same number.
   */
  readonly checkpointNames?: (name: string) => string | readonly string[];
  /** Options and input shape for weights of these shapes, by their names here, if the default ones may not fit. @throws if no options fit */
  readonly fitting?: (shapes: ReadonlyMap<string, Shape>) => {
    readonly options?: object;
    readonly inputShape?: readonly number[];
  };
  create(options?: object, context?: Context): AnyModule;
}

/** The extension point for architectures. */
export const architecture: ExtensionPoint<Architecture> = extensionPoint(
  'architecture',
  'the option "model" of a run, to train from scratch or with the option "weights"',
);
