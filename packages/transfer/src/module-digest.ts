import { type AnyModule, traceModule } from '@graft/layers';
import type { Graph, NamedSpecs, Shape } from '@graft/tensor';
import { backendOf } from '@graft/train';
import { digestsAtATime, sha256 } from './sha256.ts';

/** Changes where features are computed or kept in another way, so that older ones are not taken for them. */
const edition = 1;

/** What a module computes for inputs of a shape. */
export interface ModuleDigest {
  readonly digest: string;
  /** The shape of the output. */
  readonly output: Shape;
}

/**
 * SHA-256 of what a module computes for float32 inputs of a shape, or for named ones: its ops in order, every weight and constant, and the backend, whose roundings
 * are its own. Two modules of one digest give the same bits.
 * @throws where the module reads values, so that its ops depend on them
 */
export async function moduleDigest(module: AnyModule, shape: Shape | NamedSpecs): Promise<ModuleDigest> {
  const graph = traced(module, shape);
  try {
    // Not one by one: each would wait behind the images that are decoded meanwhile.
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
      `Features of a module that cannot be traced are not kept; leave the store out. ${(error as Error).message}`,
      { cause: error },
    );
  }
}

const isShape = (shape: Shape | NamedSpecs): shape is Shape => Array.isArray(shape);

/** Attributes that JSON has no form for. */
const plain = (_: string, value: unknown): unknown =>
  typeof value === 'function'
    ? String(value)
    : typeof value === 'bigint'
      ? `${value}n`
      : typeof value === 'number' && !Number.isFinite(value)
        ? String(value)
        : value;
