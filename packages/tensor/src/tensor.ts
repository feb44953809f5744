import type { AnyBackend } from './backend.ts';
import { type DType, type TypedArray, toNumbers } from './dtype.ts';
import { showTensor } from './show-tensor.ts';
import { type Shape, showShape, sizeOf, type TensorSpec } from './spec.ts';
import { unseen } from './unseen.ts';

let living = 0;
let unfreed = 0;

/** A net for tensors that no scope owns: their buffers go some time after the last use, between tasks, never in a synchronous loop. */
const net = new FinalizationRegistry<{ backend: AnyBackend; data: unknown }>(({ backend, data }) => {
  living--;
  backend.release(data);
});

/** How many tensors hold a buffer now. */
export const livingTensors = (): number => living;

/** How many tensors no code has freed, whatever the garbage collector took: of the code that runs between two counts, the difference is the leak. */
export const unfreedTensors = (): number => unfreed;

/**
 * An immutable n-dimensional array held by a backend: contiguous, row-major, images as [batch, channels, height, width].
 * Made by ops and by {@link tensor}; freed by the `scope` it was made in, by `dispose`, or, outside any scope, some time after the last use.
 */
export class Tensor implements TensorSpec {
  static {
    // What console.log prints in Node, Deno and Bun.
    Object.defineProperty(this.prototype, Symbol.for('nodejs.util.inspect.custom'), {
      value(this: Tensor): string {
        return showTensor(this);
      },
    });
  }

  readonly shape: Shape;
  readonly dtype: DType;
  readonly backend: AnyBackend;
  /** Set by `keep`: scopes leave it alone. */
  kept = false;
  #data: unknown;
  /** The creator's share, and one for each `retain`. The buffer goes when none is left. */
  #references = 1;
  #disposed = false;
  #watched = false;

  constructor(spec: TensorSpec, backend: AnyBackend, data: unknown) {
    this.shape = spec.shape;
    this.dtype = spec.dtype;
    this.backend = backend;
    this.#data = data;
    living++;
    unfreed++;
  }

  /** The backend's buffer. Throws where it has been freed. */
  get data(): unknown {
    if (this.#references === 0)
      throw new Error(
        `A ${this.dtype} tensor ${showShape(this.shape)} was used after it was freed. Return it from its scope, or keep() it.`,
      );
    return this.#data;
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  get rank(): number {
    return this.shape.length;
  }

  /** Whether the buffer is gone. */
  get freed(): boolean {
    return this.#references === 0;
  }

  /** Whether there is one holder only. */
  get exclusive(): boolean {
    return this.#references === 1;
  }

  /** Takes a share of the buffer, so that it outlives its scope until `release`. */
  retain(): this {
    void this.data; // a freed tensor cannot come back
    this.#references++;
    return this;
  }

  release(): void {
    if (this.#references === 0 || --this.#references > 0) return;
    living--;
    unfreed--;
    if (this.#watched) net.unregister(this);
    this.backend.release(this.#data);
    this.#data = undefined;
  }

  /** Turns a share taken by `retain` into the creator's, as if the tensor were new. */
  reclaim(): this {
    if (this.#disposed) this.#disposed = false;
    else this.release();
    return this;
  }

  /** Leaves the tensor to the garbage collector, as one that no scope owns. */
  watch(): void {
    if (this.#watched || this.#references === 0) return;
    this.#watched = true;
    net.register(this, { backend: this.backend, data: this.data }, this);
  }

  /** Gives the creator's share up. Doing so twice does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.release();
  }

  /** A copy of the values, in the dtype's own array: 16-bit floats as bits, 64-bit integers as BigInt. */
  async array(): Promise<TypedArray> {
    return this.backend.read(this.data, this);
  }

  /**
   * The same at once, for tensors that the host sees.
   * @throws where the host cannot see the backend's memory
   */
  arraySync(): TypedArray {
    const { backend } = this;
    if (!backend.view)
      throw unseen(this, 'Read them with await tensor.array(), or several with await readAll(tensors).');
    return backend.view(this.data, this).slice();
  }

  /**
   * The values as plain numbers, at once.
   * @throws where the host cannot see the backend's memory
   */
  numbers(): number[] {
    return toNumbers(this.arraySync(), this.dtype);
  }

  /**
   * The only value, as a number, at once.
   * @throws where there are several, or the host cannot see the backend's memory
   */
  item(): number {
    if (this.size !== 1) throw new Error(`item() wants a tensor of one element, got ${showShape(this.shape)}.`);
    return this.numbers()[0]!;
  }

  toString(): string {
    return `Tensor(${this.dtype} ${showShape(this.shape)} on ${this.backend.name})`;
  }
}
