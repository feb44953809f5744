import { add, narrow, type Parameter, Random, type Tensor, tensor } from '@graft/tensor';
import { type Initializer, normal } from '../initializers.ts';
import { Module } from '../module.ts';
import { initialise, weight } from '../parameters.ts';
import { nameOf, checkShape, checkInteger } from './check-shape.ts';

/** Options of {@link SinusoidalPositionalEncoding}. */
export interface SinusoidalPositionalEncodingOptions {
  readonly features: number;
  /** The longest wavelength, divided by 2π. */
  readonly period?: number;
}

/** Adds sines and cosines of the position to the features; the shape [batch, length, features] is kept. (Vaswani et al. 2017, 3.5) */
export class SinusoidalPositionalEncoding extends Module {
  private readonly features: number;
  private readonly period: number;
  /** Encoding of the longest sequence so far. */
  private table: Float64Array = new Float64Array(0);

  constructor({ features, period = 10_000 }: SinusoidalPositionalEncodingOptions) {
    super();
    checkInteger('SinusoidalPositionalEncoding', { features });
    this.features = features;
    this.period = period;
  }

  override forward(x: Tensor): Tensor {
    const { features } = this;
    checkShape(this, x, ['batch', 'length', features]);
    const length = x.shape[1]!;
    if (this.table.length < length * features)
      this.table = Float64Array.from({ length: length * features }, (_, i) =>
        this.wave(Math.floor(i / features), i % features),
      );
    return add(
      x,
      tensor(this.table.subarray(0, length * features), {
        shape: [length, features],
        dtype: x.dtype,
        backend: x.backend,
      }),
    );
  }

  private wave(position: number, feature: number): number {
    const angle = position / this.period ** ((feature - (feature % 2)) / this.features);
    return feature % 2 ? Math.cos(angle) : Math.sin(angle);
  }
}

/** Options of {@link LearnedPositionalEncoding}. */
export interface LearnedPositionalEncodingOptions {
  /** Maximum length of a sequence. */
  readonly count: number;
  readonly features: number;
  /** Default: normal with a standard deviation of 0.02 (Devlin et al. 2019). */
  readonly initializer?: Initializer;
}

/** Adds a learned vector for each position; the shape [batch, length, features] is kept, and length is at most `count`. */
export class LearnedPositionalEncoding extends Module {
  readonly weight: Parameter;
  private readonly initializer: Initializer;

  constructor({ count, features, initializer = normal(0.02) }: LearnedPositionalEncodingOptions) {
    super();
    checkInteger('LearnedPositionalEncoding', { count, features });
    this.weight = weight([count, features]);
    this.initializer = initializer;
    this.reset(new Random(0));
  }

  override reset(random: Random): void {
    initialise(this.weight, this.initializer, random.fork('weight'));
  }

  override forward(x: Tensor): Tensor {
    const [count, features] = this.weight.value.shape as [number, number];
    checkShape(this, x, ['batch', 'length', features]);
    const length = x.shape[1]!;
    if (length > count)
      throw new Error(
        `${nameOf(this)} has ${count} positions, got a sequence of ${length}. Truncate it, or create the layer with a count of ${length}.`,
      );
    return add(x, narrow(this.weight.value, 0, 0, length));
  }
}
