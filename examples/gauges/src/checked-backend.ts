import { configurable, type Context } from '@graft/plugin';
import { type AnyBackend, createBackend, type Kernel, type Operand, type TensorSpec, type Update } from '@graft/tensor';

/** Options of the backend `checked`. */
export interface CheckedOptions {
  /** The backend that computes; default `wasm`. */
  readonly on?: string;
}

/** Kernels that check their results, by name. */
class CheckedKernels extends Map<string, Kernel> {
  readonly #check: (name: string, kernel: Kernel) => Kernel;

  constructor(kernels: ReadonlyMap<string, Kernel>, check: (name: string, kernel: Kernel) => Kernel) {
    super();
    this.#check = check;
    for (const [name, kernel] of kernels) this.set(name, kernel);
  }

  /** Also wraps kernels that are added later. */
  override set(name: string, kernel: Kernel): this {
    return super.set(name, this.#check(name, kernel));
  }
}

/**
 * Wraps another backend and throws at the first op that produces NaN. A NaN loss alone does not tell where it comes from. Results are bit-identical.
 * @throws if the host cannot read the other backend's memory
 */
export function checkedBackend(inner: AnyBackend): AnyBackend {
  if (!inner.view)
    throw new Error(`The backend "checked" cannot read the memory of "${inner.name}". Use it with wasm or js.`);
  const isBroken = ({ data, ...spec }: Operand<unknown>): boolean =>
    (spec.dtype === 'float32' || spec.dtype === 'float64') &&
    (inner.view!(data, spec) as Float32Array).some((value) => Number.isNaN(value));
  const shapesOf = (operands: readonly TensorSpec[]): string =>
    operands.map(({ shape }) => `[${shape.join(', ')}]`).join(', ');
  const refuse = (what: string, operands: readonly Operand<unknown>[]): never => {
    const broken = operands.findIndex(isBroken);
    throw new Error(
      broken >= 0
        ? `Input ${broken + 1} of ${what} (${shapesOf(operands)}) contains NaN. Check its source: data, weights, or an op without a kernel.`
        : `${what[0]!.toUpperCase()}${what.slice(1)} produced NaN from inputs ${shapesOf(operands)} without NaN. Try a lower learning rate or normalised inputs.`,
    );
  };
  const { name: _, kernels, updates, ...rest } = inner;
  const checked =
    (name: string, kernel: Kernel): Kernel =>
    (inputs, attrs, out) => {
      const data = kernel(inputs, attrs, out);
      if (data !== undefined && isBroken({ ...out, data })) {
        inner.release(data);
        refuse(`the op "${name}"`, inputs);
      }
      return data;
    };
  const update =
    (name: string, change: Update): Update =>
    (changed, read, attrs) => {
      if (!change(changed, read, attrs)) return false;
      if (changed.some(isBroken)) refuse(`the update "${name}"`, read);
      return true;
    };
  return {
    ...rest,
    name: 'checked',
    kernels: new CheckedKernels(kernels, checked),
    ...(updates && { updates: new Map([...updates].map(([name, change]) => [name, update(name, change)])) }),
  };
}

/** The backend by name: `--backend checked`. */
export const checkedType = configurable(
  'checked',
  async ({ on = 'wasm' }: CheckedOptions, context?: Context) => {
    if (!context) throw new Error('The backend "checked" needs an app. Create it with createBackend(app, "checked").');
    return checkedBackend(await createBackend(context, on));
  },
  { on: 'string' },
);
