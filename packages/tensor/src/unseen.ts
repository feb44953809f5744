import { showShape } from './spec.ts';
import type { Tensor } from './tensor.ts';

/** Why a tensor's values cannot be read at once, and the way out. @param instead what to call where the tensor is on a device */
export const unseen = ({ dtype, shape, backend }: Tensor, instead: string): Error =>
  new Error(
    backend.trace
      ? `The values of a ${dtype} tensor ${showShape(shape)} are not known while tracing. Compute with ops instead of reading them.`
      : `The values of a ${dtype} tensor ${showShape(shape)} are on backend "${backend.name}", which the host cannot see. ${instead}`,
  );
