import type { Module, ModuleInput } from '@graft/layers';
import { freeBatch, importOnnx, type OnnxFile, OnnxModel, type OnnxOperator } from '@graft/onnx';
import type { Feed } from '@graft/tasks';
import type { AnyBackend, Shape } from '@graft/tensor';
import { InBatches } from '@graft/transfer';
import { inputShapesOf } from './feed-of.ts';
import { disposeInputs, madeUpInputs } from './made-up-inputs.ts';

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

/** The graph of a file as a module that takes batches of any size: a file of fixed batches is run part by part. */
export function forAnyBatch(graph: OnnxModel): Module {
  const batch = fixedBatchOf({ inputs: graph.file.inputs.filter(({ name }) => graph.inputs.includes(name)) });
  return (batch === undefined ? graph : new InBatches(graph, { batch })) as Module<ModuleInput> as Module;
}

/** Relative difference up to which results of two batches are the same, after sums in another order. */
const tolerance = 1e-3;

/**
 * Makes a graph take batches of any size. One that was exported for batches of one size is freed, and the result is compared with the original on random inputs.
 * @param graph ends at the features
 * @returns the graph as it is with its only batch if it cannot be freed
 */
export async function anyBatch(
  graph: OnnxModel,
  {
    operators,
    backend,
    feed,
  }: {
    readonly operators: readonly OnnxOperator[];
    readonly backend: AnyBackend;
    readonly feed: Pick<Feed, 'inputs' | 'mask' | 'sizes'>;
  },
): Promise<AnyBatchGraph> {
  const [output = ''] = graph.outputs;
  const fixed = fixedBatchOf({ inputs: graph.file.inputs.filter(({ name }) => graph.inputs.includes(name)) });
  const shapes = (batch: number): Record<string, Shape> =>
    Object.fromEntries(Object.entries(inputShapesOf(feed, batch)).filter(([name]) => graph.inputs.includes(name)));
  const shapeFor = (batch: number): Shape | undefined => graph.shapes({ inputShapes: shapes(batch) }).get(output);
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
    // Tokens differ, or examples that influence each other would give the same.
    const inputs = madeUpInputs({ feed, shapes: shapes(2 * batch), backend, tokens: 2 });
    if (!inputs) throw new Error(`its batch of ${batch} is too large to check whether examples influence each other.`);
    await expectSame(graph, freed, { batch, inputs, backend }).catch((error: Error) => {
      freed.dispose();
      throw error;
    });
    return { graph: freed, batch: undefined };
  } catch (error) {
    return { graph, batch, reason: (error as Error).message };
  }
}

/** @throws if a larger batch does not give for each example what a batch of the original size does */
async function expectSame(
  original: OnnxModel,
  freed: OnnxModel,
  {
    batch,
    inputs,
    backend,
  }: { batch: number; inputs: (start: number, count: number) => ModuleInput; backend: AnyBackend },
): Promise<void> {
  const run = async (model: OnnxModel, input: ModuleInput): Promise<ArrayLike<number>> => {
    try {
      const result = (model as unknown as Module<ModuleInput>).forward(input);
      const values = (await result.array()) as ArrayLike<number>;
      result.dispose();
      return values;
    } finally {
      disposeInputs(input);
    }
  };
  const [before, after] = [await original.clone().to(backend), await freed.clone().to(backend)] as OnnxModel[];
  try {
    const both = await run(after!, inputs(0, 2 * batch));
    for (const half of [0, 1]) {
      const expected = await run(before!, inputs(half * batch, batch));
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
