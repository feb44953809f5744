import type { AnyModule } from './inputs.ts';

/**
 * Checks that every parameter of a module was initialised from a seed, loaded or imported.
 * @throws if a layer still has the values that its constructor drew; the error names the layer's path
 */
export function checkInitialised(module: AnyModule): void {
  for (const [path, { initialised }] of module.parameters())
    if (!initialised)
      throw new Error(
        `The parameter "${path}" was never initialised: layers of the same shape would start with equal weights. Call model.initialize(seed) or load weights before training.`,
      );
}
