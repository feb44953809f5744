import { drop } from './scope.ts';
import { showTensor } from './show-tensor.ts';
import type { Tensor } from './tensor.ts';

/** Kinds of parameters: weights are trained, buffers (such as running statistics) are only stored. */
export type ParameterKind = 'weight' | 'buffer';

/** A slot of a model that holds a tensor and changes in training. It keeps its tensor alive. */
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
  /** Frozen weights are not trained; frozen buffers are never updated. */
  frozen = false;
  /** The dotted path in the model it belongs to, for messages; set when a model is walked. */
  name = '';
  /**
   * False while it holds the values drawn by a layer's constructor: layers of the same shape would all start with equal numbers, so training refuses them.
   * `initialize(seed)` and any new value set it to true.
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

  /** Replaces the tensor; the old one is freed unless it is retained elsewhere. */
  set value(tensor: Tensor) {
    this.initialised = true;
    if (tensor === this.#value) return;
    const old = this.#value;
    this.#value = tensor.retain();
    tensor.watch(); // an unreachable model is left to the garbage collector
    old.release();
  }

  /** The same for a tensor that is not used elsewhere: the slot takes over its creator's reference. */
  take(tensor: Tensor): void {
    this.value = tensor;
    drop(tensor);
  }

  /** Whether training changes it. */
  get trainable(): boolean {
    return this.kind === 'weight' && !this.frozen;
  }

  /** Frees the tensor; the parameter cannot be used afterwards. */
  dispose(): void {
    this.#value.release();
  }
}
