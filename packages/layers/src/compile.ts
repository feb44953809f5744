import { optimize, type Graph, runnable, type Tensor, trace } from '@graft/tensor';
import type { Module } from './module.ts';

/** A module made fast for inference: traced once for each input shape, then run as an optimised graph. */
export interface CompiledModule {
  forward(x: Tensor): Tensor;
  /** Frees what was made for it; the module itself stays. */
  dispose(): void;
}

interface Program {
  readonly graph?: Graph;
  readonly run: (inputs: readonly Tensor[]) => Tensor[];
}

/** Batches come in one size, and the last one of a walk in another. */
const keptPrograms = 4;

/**
 * Folds normalisation into convolutions, recognises activations and plans buffers, once for each input shape. The weights are
 * taken as they are when a shape is first seen: compile again after they changed.
 */
export function compile(module: Module): CompiledModule {
  const programs = new Map<string, Program>();
  const make = (x: Tensor): Program => {
    let traced: Graph;
    try {
      traced = trace((input) => module.forward(input), [{ shape: x.shape, dtype: x.dtype }]);
    } catch {
      // A module that reads values cannot be traced. Whatever else is wrong, the module says itself when it runs.
      return { run: ([input]) => [module.forward(input!)] };
    }
    const graph = optimize(traced, x.backend);
    return { graph, run: runnable(graph) };
  };
  return {
    forward(x) {
      const key = `${x.backend.name} ${x.dtype} ${x.shape.join()}`;
      let program = programs.get(key);
      if (!program) {
        program = make(x);
        programs.set(key, program);
        const [oldest] = programs;
        if (programs.size > keptPrograms) {
          programs.delete(oldest![0]);
          oldest![1].graph?.dispose();
        }
      }
      return program.run([x])[0]!;
    },
    dispose() {
      for (const { graph } of programs.values()) graph?.dispose();
      programs.clear();
    },
  };
}
