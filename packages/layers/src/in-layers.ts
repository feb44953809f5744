import { Tensor } from '@graft/tensor';
import type { AnyModule } from './inputs.ts';

/** Hooks around each layer's computation. */
export interface LayerVisitor {
  /** Called before a layer computes. */
  enter?(path: string, module: AnyModule): void;
  /** Called after it has. The return value replaces the output. */
  leave?(path: string, module: AnyModule, output: Tensor): Tensor | void;
}

/** The methods in which modules compute. */
const computing = ['forward', 'attend', 'encode', 'unroll', 'call'] as const;
type Computation = (this: AnyModule, ...inputs: unknown[]) => unknown;

/**
 * Runs a synchronous function, keeping track of the path of the innermost module that is computing, and calls a visitor
 * for each. A module that is used at several paths is known by the first.
 */
export function inLayers<T>(model: AnyModule, fn: (path: () => string) => T, { enter, leave }: LayerVisitor = {}): T {
  const running: string[] = [];
  const modules = firstPaths(model);
  for (const [module, path] of modules)
    for (const name of computing) {
      const method = (module as unknown as Record<string, unknown>)[name] as Computation | undefined;
      if (typeof method !== 'function') continue;
      // An own property shadows the class's method and can be removed without a trace.
      Object.defineProperty(module, name, {
        configurable: true,
        enumerable: false,
        value(this: AnyModule, ...inputs: unknown[]) {
          if (running.at(-1) === path) return method.apply(this, inputs); // one of its methods called another
          running.push(path);
          enter?.(path, module);
          try {
            const output = method.apply(this, inputs);
            return leave ? replaced(output, (tensor) => leave(path, module, tensor)) : output;
          } finally {
            running.pop();
          }
        },
      });
    }
  try {
    return fn(() => running.findLast((path) => path !== '') ?? '');
  } finally {
    for (const [module] of modules)
      for (const name of computing) delete (module as unknown as Record<string, unknown>)[name];
  }
}

/** Each module under a model and the first path that leads to it, in the model's order. */
export function firstPaths(model: AnyModule): Map<AnyModule, string> {
  const paths = new Map<AnyModule, string>();
  for (const [path, module] of model.modules()) if (!paths.has(module)) paths.set(module, path);
  return paths;
}

/** The output that a visitor sees: a module's output, or the sequence in it. */
function replaced(output: unknown, by: (tensor: Tensor) => Tensor | void): unknown {
  if (output instanceof Tensor) return by(output) ?? output;
  if (output && typeof output === 'object' && 'output' in output && output.output instanceof Tensor)
    return { ...output, output: by(output.output) ?? output.output };
  return output;
}
