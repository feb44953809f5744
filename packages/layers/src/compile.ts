import { type AnyBackend, type Graph, isFloat, optimize, runnable, Tensor, upload } from '@graft/tensor';
import { forward } from './forward.ts';
import { type AnyModule, type ModuleInput, tensorsOf } from './inputs.ts';
import type { Module } from './module.ts';
import { traceModule } from './trace-module.ts';

/** A module compiled for inference: traced once per input shape, then run as an optimised graph. */
export interface CompiledModule<In extends ModuleInput = Tensor> {
  forward(input: In): Tensor;
  /** Frees the compiled programs; the module itself is kept. */
  dispose(): void;
}

interface Program<In extends ModuleInput> {
  readonly graph?: Graph;
  readonly run: (input: In) => Tensor;
}

/** All batches of an epoch have one size, except perhaps the last. */
const keptPrograms = 4;

/**
 * Folds normalisation into convolutions, recognises activations and plans buffers, once per input shape. Weights are
 * captured when a shape is first seen, so compile again after changing them.
 */
export function compile<In extends ModuleInput>(module: Module<In>): CompiledModule<In> {
  const programs = new Map<string, Program<In>>();
  const make = (input: In): Program<In> => {
    let traced: Graph;
    try {
      traced = traceModule(module, input);
    } catch {
      // A module that reads values cannot be traced. Any other problem is reported by the module when it runs.
      return { run: (one) => forward(module, one) };
    }
    const backend = backendOf(module, input);
    const graph = optimize(traced, backend);
    const run = runnable(graph);
    const names = graph.inputs.map(({ name }) => name);
    const tensors = (one: ModuleInput): Tensor[] =>
      (one instanceof Tensor ? [one] : names.map((name) => one[name!]!)).map((x) =>
        isFloat(x.dtype) ? x : upload(x, backend),
      );
    return { graph, run: (one) => run(tensors(one))[0]! };
  };
  return {
    forward(input) {
      const key = keyOf(input);
      let program = programs.get(key);
      if (!program) {
        program = make(input);
        programs.set(key, program);
        const [oldest] = programs;
        if (programs.size > keptPrograms) {
          programs.delete(oldest![0]);
          oldest![1].graph?.dispose();
        }
      }
      return program.run(input);
    },
    dispose() {
      for (const { graph } of programs.values()) graph?.dispose();
      programs.clear();
    },
  };
}

/** The backend to run on: that of the float inputs, otherwise the module's. Integer inputs may have stayed on the host. */
function backendOf(module: AnyModule, input: ModuleInput): AnyBackend {
  const tensors = tensorsOf(input);
  const float = tensors.find(({ dtype }) => isFloat(dtype));
  if (float) return float.backend;
  for (const [, { value }] of module.parameters()) return value.backend;
  return tensors[0]!.backend;
}

/** The key of a program: names, backends, dtypes and shapes, independent of the order of the inputs. */
const keyOf = (input: ModuleInput): string =>
  (input instanceof Tensor ? [['', input] as const] : Object.entries(input))
    .map(([name, { backend, dtype, shape }]) => `${JSON.stringify(name)} ${backend.name} ${dtype} ${shape.join()}`)
    .sort()
    .join(' ');
