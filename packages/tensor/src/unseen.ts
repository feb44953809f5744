import { showShape } from './spec.ts';
import type { Tensor } from './tensor.ts';

/** The error for reading values synchronously that the host cannot read. @param instead what to call for a tensor on a device */
export const unseen = ({ dtype, shape, backend }: Tensor, instead: string): Error =>
  new Error(
    backend.trace
      ? `The values of a ${dtype} tensor ${showShape(shape)} are not known while tracing. Compute with ops instead of reading them.`
      : `The values of a ${dtype} tensor ${showShape(shape)} are on backend "${backend.name}", whose memory the host cannot read. ${instead}`,
  );
