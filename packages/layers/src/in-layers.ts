import { Tensor } from '@graft/tensor';
import type { AnyModule } from './inputs.ts';

/** Where a run is now, and what becomes of what a layer has computed. */
export interface LayerVisitor {
  /** A layer's computation begins. */
  enter?(path: string, module: AnyModule): void;
  /** It has ended. What is returned takes the output's place. */
  leave?(path: string, module: AnyModule, output: Tensor): Tensor | void;
}

/** Methods of modules that compute. */
const computing = ['forward', 'attend', 'encode', 'unroll', 'call'] as const;
type Computation = (this: AnyModule, ...inputs: unknown[]) => unknown;

/**
 * Runs a synchronous function while it can be asked which module is computing, the innermost one's path, and while a visitor
 * hears of each. A module that is used at several paths goes by the first.
 */
export function inLayers<T>(model: AnyModule, fn: (path: () => string) => T, { enter, leave }: LayerVisitor = {}): T {
  const running: string[] = [];
  const modules = firstPaths(model);
  for (const [module, path] of modules)
    for (const name of computing) {
      const method = (module as unknown as Record<string, unknown>)[name] as Computation | undefined;
      if (typeof method !== 'function') continue;
      // An own property hides the class's method, and goes away again without a trace.
      Object.defineProperty(module, name, {
        configurable: true,
        enumerable: false,
        value(this: AnyModule, ...inputs: unknown[]) {
          if (running.at(-1) === path) return method.apply(this, inputs); // one of its methods calls another
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

/** A module's output, or the sequence in it, as a visitor wants it. */
function replaced(output: unknown, by: (tensor: Tensor) => Tensor | void): unknown {
  if (output instanceof Tensor) return by(output) ?? output;
  if (output && typeof output === 'object' && 'output' in output && output.output instanceof Tensor)
    return { ...output, output: by(output.output) ?? output.output };
  return output;
}
