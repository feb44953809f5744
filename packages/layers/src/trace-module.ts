import { type Graph, type NamedSpecs, type TensorSpec, trace } from '@graft/tensor';
import { forward } from './forward.ts';
import type { AnyModule } from './inputs.ts';

/** Shape and dtype of what a module takes: of the one tensor, or of each by name. */
export type InputSpecs = TensorSpec | NamedSpecs;

/** Whether the specs are those of one tensor; one of several may be called `shape`. */
export const isOneSpec = (specs: InputSpecs): specs is TensorSpec => Array.isArray(specs.shape);

/**
 * The ops of a module at inference, for inputs of these shapes and dtypes. The graph's inputs are named where the module's are.
 * @throws where the module reads values, or does not take such inputs
 */
export const traceModule = (module: AnyModule, specs: InputSpecs): Graph =>
  isOneSpec(specs)
    ? trace((x) => forward(module, x), [{ shape: specs.shape, dtype: specs.dtype }])
    : trace((inputs) => forward(module, inputs), specs);
