import { compile, forward, type Module, type ModuleInput } from '@graft/layers';
import type { Feed } from '@graft/tasks';
import { type AnyBackend, Random, scope, type Shape, sizeOf, Tensor, tensor } from '@graft/tensor';

/** What a network is tried with. */
export interface TrialInputs {
  /** The network's name in errors. */
  readonly name: string;
  readonly feed: Feed;
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly backend: AnyBackend;
}

/** A file may be for batches of thousands of images: a batch of more values is not made up. */
const mostValues = 2 ** 25;

/**
 * Runs a network once on made-up inputs, as training and as evaluation do, so an operator that cannot run is found before any example is read.
 * @throws an error that names the node
 */
export async function expectRuns(module: Module, { name, feed, shapes, backend }: TrialInputs): Promise<void> {
  if (Object.keys(feed.inputs).reduce((sum, input) => sum + sizeOf(shapes[input]!), 0) > mostValues) return;
  const random = new Random(0);
  const inputs = Object.entries(feed.inputs).map(([input, { dtype }]) => {
    const shape = shapes[input]!;
    // Zero is a token of every vocabulary, and every token is read.
    const value = (): number =>
      dtype === 'float32' ? 2 * random.next() - 1 : dtype === 'uint8' ? random.int(256) : Number(input === feed.mask);
    return [input, tensor(Float32Array.from({ length: sizeOf(shape) }, value), { shape, dtype, backend })] as const;
  });
  const input: ModuleInput = inputs.length === 1 ? inputs[0]![1] : Object.fromEntries(inputs);
  const compiled = compile(module as Module<ModuleInput>);
  try {
    for (const run of [() => forward(module as Module<ModuleInput>, input), () => compiled.forward(input)]) {
      const output = scope(run);
      await output.array();
      output.dispose();
    }
  } catch (error) {
    throw new Error(`"${name}" cannot run on the backend "${backend.name}": ${(error as Error).message}`, {
      cause: error,
    });
  } finally {
    compiled.dispose();
    for (const one of input instanceof Tensor ? [input] : Object.values(input)) one.dispose();
  }
}
