import type { Module, ModuleInput } from '@graft/layers';
import { freeBatch, importOnnx, type OnnxFile, OnnxModel, type OnnxOperator } from '@graft/onnx';
import { type AnyBackend, type DType, Random, sizeOf, type Shape, Tensor, tensor } from '@graft/tensor';

/** A graph and the batches that it takes. */
export interface AnyBatchGraph {
  readonly graph: OnnxModel;
  /** The only size of its batches; undefined if it takes any. */
  readonly batch: number | undefined;
  /** Why it takes no other. */
  readonly reason?: string;
}

/** The size of batches that a file's inputs have; undefined if it is open. */
export const fixedBatchOf = ({ inputs }: Pick<OnnxFile, 'inputs'>): number | undefined => {
  const [size] = inputs.flatMap(({ shape }) => (typeof shape?.[0] === 'number' ? [shape[0]] : []));
  return size;
};

/** Relative difference up to which results of two batches are the same, after sums in another order. */
const tolerance = 1e-3;
/** Maximum number of values in the inputs of that comparison. */
const mostCompared = 2 ** 25;

/**
 * Makes a graph take batches of any size. One that was exported for batches of one size is freed, and the result is compared with the original on random inputs.
 * @param graph ends at the features
 * @param shapes of its inputs for a batch
 * @returns the graph as it is with its only batch if it cannot be freed
 */
export async function anyBatch(
  graph: OnnxModel,
  {
    operators,
    backend,
    shapes,
  }: {
    readonly operators: readonly OnnxOperator[];
    readonly backend: AnyBackend;
    readonly shapes: (batch: number) => Record<string, Shape>;
  },
): Promise<AnyBatchGraph> {
  const [output = ''] = graph.outputs;
  const fixed = fixedBatchOf({ inputs: graph.file.inputs.filter(({ name }) => graph.inputs.includes(name)) });
  const shapeFor = (batch: number): Shape | undefined => {
    const given = Object.entries(shapes(batch)).filter(([name]) => graph.inputs.includes(name));
    return graph.shapes({ inputShapes: Object.fromEntries(given) }).get(output);
  };
  const isOpen = (): boolean => {
    try {
      const [one, two] = [shapeFor(1), shapeFor(2)];
      return one?.[0] === 1 && two?.[0] === 2 && one.slice(1).join() === two.slice(1).join();
    } catch {
      return false;
    }
  };
  if (fixed === undefined && isOpen()) return { graph, batch: undefined };
  const batch = fixed ?? 1;
  try {
    const file = freeBatch(graph.file, { operators, output, inputShapes: shapes(batch) });
    const freed = importOnnx(file, { operators, outputs: [output] });
    await expectSame(graph, freed, { batch, shapes: shapes(2 * batch), backend });
    return { graph: freed, batch: undefined };
  } catch (error) {
    return { graph, batch, reason: (error as Error).message };
  }
}

/** @throws if a larger batch does not give for each example what a batch of the original size does */
async function expectSame(
  original: OnnxModel,
  freed: OnnxModel,
  { batch, shapes, backend }: { batch: number; shapes: Record<string, Shape>; backend: AnyBackend },
): Promise<void> {
  const random = new Random(0);
  const inputs = original.inputs.map((name) => {
    const port = original.file.inputs.find((one) => one.name === name)!;
    return { name, shape: shapes[name]!, dtype: port.dtype as DType };
  });
  const size = inputs.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (size > mostCompared)
    throw new Error(`its batch of ${batch} is too large to check whether examples influence each other.`);
  // Token numbers differ, or examples that influence each other would give the same; every vocabulary has 0 and 1.
  const drawn = (name: string, dtype: DType): number => {
    if (dtype.startsWith('float')) return 2 * random.next() - 1;
    return dtype === 'uint8' ? random.int(256) : /mask/i.test(name) ? 1 : random.int(2);
  };
  const values = inputs.map(({ name, shape, dtype }) =>
    Float32Array.from({ length: sizeOf(shape) }, () => drawn(name, dtype)),
  );
  const fed = (start: number, count: number): ModuleInput => {
    const parts = inputs.map(({ name, shape, dtype }, i) => {
      const size = sizeOf(shape.slice(1));
      const data = values[i]!.subarray(start * size, (start + count) * size);
      return [name, tensor(data, { shape: [count, ...shape.slice(1)], dtype, backend })] as const;
    });
    return parts.length === 1 ? parts[0]![1] : Object.fromEntries(parts);
  };
  const run = async (model: OnnxModel, input: ModuleInput): Promise<ArrayLike<number>> => {
    const result = (model as unknown as Module<ModuleInput>).forward(input);
    try {
      return (await result.array()) as ArrayLike<number>;
    } finally {
      result.dispose();
      for (const one of input instanceof Tensor ? [input] : Object.values(input)) one.dispose();
    }
  };
  const [before, after] = [await original.clone().to(backend), await freed.clone().to(backend)] as OnnxModel[];
  try {
    const both = await run(after!, fed(0, 2 * batch));
    for (const half of [0, 1]) {
      const expected = await run(before!, fed(half * batch, batch));
      const start = half * expected.length;
      let [difference, most] = [0, 1e-6];
      for (let i = 0; i < expected.length; i++) {
        difference = Math.max(difference, Math.abs(both[start + i]! - expected[i]!));
        most = Math.max(most, Math.abs(expected[i]!));
      }
      if (!(difference <= tolerance * most))
        throw new Error(`examples of a batch of ${2 * batch} influence each other.`);
    }
  } finally {
    before!.dispose();
    after!.dispose();
  }
}
