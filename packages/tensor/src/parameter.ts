import { drop } from './scope.ts';
import { showTensor } from './show-tensor.ts';
import type { Tensor } from './tensor.ts';

/** What a parameter is for: weights learn, buffers (such as running statistics) are only kept. */
export type ParameterKind = 'weight' | 'buffer';

/** A slot of a model that holds a tensor and changes as the model learns. It keeps its tensor alive. */
export class Parameter {
  static {
    // What console.log prints in Node, Deno and Bun.
    Object.defineProperty(this.prototype, Symbol.for('nodejs.util.inspect.custom'), {
      value(this: Parameter): string {
        return `Parameter(${[...(this.name ? [`"${this.name}"`] : []), ...(this.kind === 'buffer' ? ['buffer'] : []), ...(this.frozen ? ['frozen'] : []), showTensor(this.value)].join(', ')})`;
      },
    });
  }

  readonly kind: ParameterKind;
  /** Frozen weights are left out of training; frozen buffers are never updated. */
  frozen = false;
  /** The dotted path in the model it belongs to, for messages; set when a model is walked. */
  name = '';
  /**
   * False while it holds what a layer's constructor drew: layers of one shape all start with the same numbers, and training refuses them.
   * `initialize(seed)` and new values of any origin make it true.
   */
  initialised = true;
  #value: Tensor;

  constructor(value: Tensor, kind: ParameterKind = 'weight') {
    this.kind = kind;
    this.#value = value.retain();
    value.watch();
  }

  get value(): Tensor {
    return this.#value;
  }

  /** Puts another tensor in; the old one is freed unless someone else holds it. */
  set value(tensor: Tensor) {
    this.initialised = true;
    if (tensor === this.#value) return;
    const old = this.#value;
    this.#value = tensor.retain();
    tensor.watch(); // a model that nobody needs any more is left to the garbage collector
    old.release();
  }

  /** The same, for a tensor that nobody else needs: the slot takes its maker's share over. */
  take(tensor: Tensor): void {
    this.value = tensor;
    drop(tensor);
  }

  /** Whether training changes it. */
  get trainable(): boolean {
    return this.kind === 'weight' && !this.frozen;
  }

  /** Frees the tensor; the parameter is of no use afterwards. */
  dispose(): void {
    this.#value.release();
  }
}
