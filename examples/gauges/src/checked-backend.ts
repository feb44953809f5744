import { configurable, type Context } from '@graft/plugin';
import { type AnyBackend, createBackend, type Kernel, type Operand, type TensorSpec, type Update } from '@graft/tensor';

/** Options of the backend `checked`. */
export interface CheckedOptions {
  /** The backend that computes; default `wasm`. */
  readonly on?: string;
}

/** Kernels by name, each of which looks at its result. */
class CheckedKernels extends Map<string, Kernel> {
  readonly #check: (name: string, kernel: Kernel) => Kernel;

  constructor(kernels: ReadonlyMap<string, Kernel>, check: (name: string, kernel: Kernel) => Kernel) {
    super();
    this.#check = check;
    for (const [name, kernel] of kernels) this.set(name, kernel);
  }

  /** A kernel that joins later is looked at as well. */
  override set(name: string, kernel: Kernel): this {
    return super.set(name, this.#check(name, kernel));
  }
}

/**
 * Computes on another backend in the same bits, and stops at the first op whose result is not a number: the loss would tell only that one was.
 * @throws where the host does not see the other backend's memory
 */
export function checkedBackend(inner: AnyBackend): AnyBackend {
  if (!inner.view)
    throw new Error(`The backend "checked" looks at results in memory, and that of "${inner.name}" cannot be seen.`);
  const isBroken = ({ data, ...spec }: Operand<unknown>): boolean =>
    (spec.dtype === 'float32' || spec.dtype === 'float64') &&
    (inner.view!(data, spec) as Float32Array).some((value) => Number.isNaN(value));
  const shapesOf = (operands: readonly TensorSpec[]): string =>
    operands.map(({ shape }) => `[${shape.join(', ')}]`).join(', ');
  const refuse = (what: string, operands: readonly Operand<unknown>[]): never => {
    const broken = operands.findIndex(isBroken);
    throw new Error(
      broken >= 0
        ? `${what} of ${shapesOf(operands)} is given NaN as its ${broken + 1}. input. Look at what it is made from: data, weights, or an op without a kernel.`
        : `${what} makes NaN from ${shapesOf(operands)}, which are numbers. A lower learning rate or normalised inputs may help.`,
    );
  };
  const { name: _, kernels, updates, ...rest } = inner;
  const checked =
    (name: string, kernel: Kernel): Kernel =>
    (inputs, attrs, out) => {
      const data = kernel(inputs, attrs, out);
      if (data !== undefined && isBroken({ ...out, data })) {
        inner.release(data);
        refuse(`The op "${name}"`, inputs);
      }
      return data;
    };
  const update =
    (name: string, change: Update): Update =>
    (changed, read, attrs) => {
      if (!change(changed, read, attrs)) return false;
      if (changed.some(isBroken)) refuse(`The update "${name}"`, read);
      return true;
    };
  return {
    ...rest,
    name: 'checked',
    kernels: new CheckedKernels(kernels, checked),
    ...(updates && { updates: new Map([...updates].map(([name, change]) => [name, update(name, change)])) }),
  };
}

/** The backend as `--backend checked` names it. */
export const checkedType = configurable(
  'checked',
  async ({ on = 'wasm' }: CheckedOptions, context?: Context) => {
    if (!context) throw new Error('The backend "checked" is made for an app: createBackend(app, "checked").');
    return checkedBackend(await createBackend(context, on));
  },
  ['on'],
);
