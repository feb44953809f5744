import type { ModuleInput } from '@graft/layers';
import type { Feed } from '@graft/tasks';
import { type AnyBackend, Random, type Shape, sizeOf, Tensor, tensor } from '@graft/tensor';

/** Inputs of a network that are made up. */
export interface MadeUpInputs {
  readonly feed: Pick<Feed, 'inputs' | 'mask'>;
  /** Shapes of the inputs with the batch; inputs without one are left out. */
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly backend: AnyBackend;
  /** Number of different tokens; default 1, because every vocabulary has token 0. */
  readonly tokens?: number;
}

/** A file may be for batches of thousands of images: a batch of more values is not made up. */
const mostValues = 2 ** 25;

/**
 * Makes up inputs: floats from -1 to 1, bytes of the whole range, and tokens that are all read.
 * @returns what uploads `count` of their examples; undefined if they are too large
 */
export function madeUpInputs({
  feed: { inputs, mask },
  shapes,
  backend,
  tokens = 1,
}: MadeUpInputs): ((start: number, count: number) => ModuleInput) | undefined {
  if (Object.values(shapes).reduce((sum, shape) => sum + sizeOf(shape), 0) > mostValues) return undefined;
  const random = new Random(0);
  const drawn = (name: string): number => {
    const { dtype } = inputs[name]!;
    if (dtype === 'float32') return 2 * random.next() - 1;
    if (dtype === 'uint8') return random.int(256);
    return name === mask ? 1 : random.int(tokens);
  };
  const values = Object.entries(shapes).map(([name, shape]) => ({
    name,
    shape: shape.slice(1),
    dtype: inputs[name]!.dtype,
    data: Float32Array.from({ length: sizeOf(shape) }, () => drawn(name)),
  }));
  return (start, count) => {
    const parts = values.map(({ name, shape, dtype, data }) => {
      const size = sizeOf(shape);
      const part = data.subarray(start * size, (start + count) * size);
      return [name, tensor(part, { shape: [count, ...shape], dtype, backend })] as const;
    });
    return parts.length === 1 ? parts[0]![1] : Object.fromEntries(parts);
  };
}

/** Frees inputs. */
export function disposeInputs(input: ModuleInput): void {
  for (const one of input instanceof Tensor ? [input] : Object.values(input)) one.dispose();
}
