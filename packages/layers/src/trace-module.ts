import { type Graph, type NamedSpecs, type TensorSpec, trace } from '@graft/tensor';
import { forward } from './forward.ts';
import type { AnyModule } from './inputs.ts';

/** Shape and dtype of a module's input: of the single tensor, or of each by name. */
export type InputSpecs = TensorSpec | NamedSpecs;

/** Whether the specs describe one tensor; a named input may be called `shape`. */
export const isOneSpec = (specs: InputSpecs): specs is TensorSpec => Array.isArray(specs.shape);

/**
 * Traces the ops of a module at inference, for inputs of the given shapes and dtypes. The graph's inputs keep the module's names.
 * @throws if the module reads values, or does not accept these inputs
 */
export const traceModule = (module: AnyModule, specs: InputSpecs): Graph =>
  isOneSpec(specs)
    ? trace((x) => forward(module, x), [{ shape: specs.shape, dtype: specs.dtype }])
    : trace((inputs) => forward(module, inputs), specs);
