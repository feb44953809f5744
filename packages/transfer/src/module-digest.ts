import { type AnyModule, traceModule } from '@graft/layers';
import type { Graph, NamedSpecs, Shape } from '@graft/tensor';
import { backendOf } from '@graft/train';
import { digestsAtATime, sha256 } from './sha256.ts';

/** Increase it when features are computed or stored differently, to invalidate stored ones. */
const edition = 1;

/** Identifies the function that a module computes for inputs of one shape. */
export interface ModuleDigest {
  readonly digest: string;
  /** The shape of the output. */
  readonly output: Shape;
}

/**
 * SHA-256 of the function that a module computes for float32 inputs of a shape, or for named inputs: its ops in order, all weights and constants, and the backend,
 * because backends round differently. Modules with equal digests compute the same bits.
 * @throws if the module cannot be traced, because its ops depend on values
 */
export async function moduleDigest(module: AnyModule, shape: Shape | NamedSpecs): Promise<ModuleDigest> {
  const graph = traced(module, shape);
  try {
    // In parallel: one by one, each digest would wait behind the images that are decoded meanwhile.
    const digestOf = digestsAtATime();
    const constants = await Promise.all(
      [...graph.constants].map(async ([{ id }, value]) => [id, value.dtype, value.shape, await digestOf(value)]),
    );
    const calls = graph.calls.map(({ op, attrs, inputs, output }) => [
      op.name,
      attrs,
      inputs.map(({ id }) => id),
      output.id,
    ]);
    const digest = await sha256(
      JSON.stringify(
        [edition, backendOf(module).name, shape, constants, calls, graph.outputs.map(({ id }) => id)],
        plain,
      ),
    );
    return { digest, output: graph.outputs[0]!.shape };
  } finally {
    graph.dispose();
  }
}

function traced(module: AnyModule, shape: Shape | NamedSpecs): Graph {
  try {
    return traceModule(module, isShape(shape) ? { shape, dtype: 'float32' } : shape);
  } catch (error) {
    throw new Error(
      `The features of this module cannot be stored, because tracing it failed. Omit "store". ${(error as Error).message}`,
      { cause: error },
    );
  }
}

const isShape = (shape: Shape | NamedSpecs): shape is Shape => Array.isArray(shape);

/** Converts attributes that JSON cannot represent. */
const plain = (_: string, value: unknown): unknown =>
  typeof value === 'function'
    ? String(value)
    : typeof value === 'bigint'
      ? `${value}n`
      : typeof value === 'number' && !Number.isFinite(value)
        ? String(value)
        : value;
