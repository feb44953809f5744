import type { AnyBackend } from './backend.ts';
import { type DType, type TypedArray, toNumbers } from './dtype.ts';
import { showTensor } from './show-tensor.ts';
import { type Shape, showShape, sizeOf, type TensorSpec } from './spec.ts';
import { unseen } from './unseen.ts';

let living = 0;
let unfreed = 0;

/** A safety net for tensors outside any scope: their buffers are freed some time after the last use, between tasks, never in a synchronous loop. */
const net = new FinalizationRegistry<{ backend: AnyBackend; data: unknown }>(({ backend, data }) => {
  living--;
  backend.release(data);
});

/** The number of tensors that hold a buffer. */
export const livingTensors = (): number => living;

/** The number of tensors not freed by code, including those that were garbage-collected: the difference between two counts is the leak of the code between them. */
export const unfreedTensors = (): number => unfreed;

/**
 * An immutable n-dimensional array held by a backend: contiguous, row-major, images as [batch, channels, height, width].
 * Created by ops and by {@link tensor}; freed by the `scope` it was created in, by `dispose`, or, outside any scope, some time after the last use.
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
  /** Set by `keep`: scopes do not free it. */
  kept = false;
  #data: unknown;
  /** Reference count: one for the creator, and one for each `retain`. The buffer is freed at 0. */
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

  /** The backend's buffer. Throws if it has been freed. */
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

  /** Whether the buffer has been freed. */
  get freed(): boolean {
    return this.#references === 0;
  }

  /** Whether there is only one reference. */
  get exclusive(): boolean {
    return this.#references === 1;
  }

  /** Adds a reference to the buffer, which then outlives its scope until `release`. */
  retain(): this {
    void this.data; // throws if the tensor has been freed
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

  /** Turns a reference added by `retain` into the creator's, as if the tensor were new. */
  reclaim(): this {
    if (this.#disposed) this.#disposed = false;
    else this.release();
    return this;
  }

  /** Leaves the tensor to the garbage collector, like one outside any scope. */
  watch(): void {
    if (this.#watched || this.#references === 0) return;
    this.#watched = true;
    net.register(this, { backend: this.backend, data: this.data }, this);
  }

  /** Drops the creator's reference. A second call does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.release();
  }

  /** Reads a copy of the values, in the dtype's typed array: 16-bit floats as bits, 64-bit integers as BigInt. */
  async array(): Promise<TypedArray> {
    return this.backend.read(this.data, this);
  }

  /**
   * Reads the values synchronously, for tensors in host memory.
   * @throws if the host cannot read the backend's memory
   */
  arraySync(): TypedArray {
    const { backend } = this;
    if (!backend.view)
      throw unseen(this, 'Read them with await tensor.array(), or several with await readAll(tensors).');
    return backend.view(this.data, this).slice();
  }

  /**
   * Reads the values as plain numbers, synchronously.
   * @throws if the host cannot read the backend's memory
   */
  numbers(): number[] {
    return toNumbers(this.arraySync(), this.dtype);
  }

  /**
   * Reads the only value as a number, synchronously.
   * @throws if there are several values, or the host cannot read the backend's memory
   */
  item(): number {
    if (this.size !== 1) throw new Error(`item() expects a tensor with one element, got ${showShape(this.shape)}.`);
    return this.numbers()[0]!;
  }

  toString(): string {
    return `Tensor(${this.dtype} ${showShape(this.shape)} on ${this.backend.name})`;
  }
}
