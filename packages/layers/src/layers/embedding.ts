import {
  equal,
  gather,
  isFloat,
  type Parameter,
  Random,
  scope,
  stopGradient,
  type Tensor,
  tensor,
  unsqueeze,
  where,
} from '@graft/tensor';
import { type Initializer, normal } from '../initializers.ts';
import { Module } from '../module.ts';
import { initialise, weight } from '../parameters.ts';
import { inference, type Run } from '../run.ts';
import { nameOf, checkInteger } from './check-shape.ts';

/** Options of {@link Embedding}. */
export interface EmbeddingOptions {
  /** Number of embeddings; indices start at 0. */
  readonly count: number;
  readonly features: number;
  /** An index used for padding: its vector starts at 0 and is not trained. */
  readonly paddingIndex?: number;
  /** Default: standard normal, as in PyTorch. */
  readonly initializer?: Initializer;
}

/** Looks up a learned vector for each index: integers [...] → [..., features]. */
export class Embedding extends Module {
  readonly weight: Parameter;
  private readonly paddingIndex: number | undefined;
  private readonly initializer: Initializer;

  constructor({ count, features, paddingIndex, initializer = normal(1) }: EmbeddingOptions) {
    super();
    checkInteger('Embedding', { count, features });
    if (paddingIndex !== undefined && !(Number.isInteger(paddingIndex) && paddingIndex >= 0 && paddingIndex < count))
      throw new Error(
        `Embedding with a count of ${count} expects a paddingIndex from 0 to ${count - 1}, got ${paddingIndex}.`,
      );
    this.weight = weight([count, features]);
    this.paddingIndex = paddingIndex;
    this.initializer = initializer;
    this.reset(new Random(0));
  }

  override reset(random: Random): void {
    const { paddingIndex } = this;
    initialise(
      this.weight,
      (shape, stream) => {
        const values = this.initializer(shape, stream);
        return paddingIndex === undefined
          ? values
          : values.fill(0, paddingIndex * shape[1]!, (paddingIndex + 1) * shape[1]!);
      },
      random.fork('weight'),
    );
  }

  override forward(indices: Tensor, run: Run = inference): Tensor {
    if (isFloat(indices.dtype))
      throw new Error(
        `${nameOf(this)} expects integers, got ${indices.dtype} [${indices.shape.join(', ')}]. Make the tensor with dtype: 'int32'.`,
      );
    const { paddingIndex } = this;
    if (paddingIndex === undefined || !run.training) return gather(this.weight.value, indices, 0);
    return scope(() => {
      const vectors = gather(this.weight.value, indices, 0);
      return where(
        unsqueeze(equal(indices, tensor(paddingIndex, { dtype: indices.dtype })), -1),
        stopGradient(vectors),
        vectors,
      );
    });
  }
}
