import type { AnyModule } from './inputs.ts';

/**
 * Makes sure that all parameters of a module were initialised from a seed, loaded or imported.
 * @throws where a layer still has the numbers that its constructor drew, with the layer's path
 */
export function checkInitialised(module: AnyModule): void {
  for (const [path, { initialised }] of module.parameters())
    if (!initialised)
      throw new Error(
        `The parameter "${path}" was never initialised: layers of one shape would start with equal weights. Call model.initialize(seed), or load weights, before training.`,
      );
}
