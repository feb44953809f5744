import { type Backend, createJsBackend, type HostArray, type JsBuffer, type Operand } from '../index.ts';
import { runReference } from '../run-reference.ts';
import { allOps } from './all-ops.ts';

/** The backend of {@link createBlindBackend}, which counts reads. */
export interface BlindBackend extends Backend<JsBuffer> {
  /** Number of transfers to the host; several tensors read together count once. */
  readonly reads: number;
}

/**
 * The js backend as a device whose memory the host cannot read: without `view` and `allocate`, and with kernels only for ops
 * without a decomposition. Code that runs on it cannot read intermediate values.
 */
export function createBlindBackend(name = 'blind'): BlindBackend {
  const { view, allocate, ...memory } = createJsBackend(name);
  const host = (x: Operand<JsBuffer>): HostArray => ({ shape: x.shape, dtype: x.dtype, data: view!(x.data, x) });
  for (const op of allOps())
    if (op.reference && !op.decompose)
      memory.kernels.set(op.name, (inputs, attrs, out) => {
        const data = allocate!(out);
        runReference(op, inputs.map(host), attrs, host({ ...out, data }));
        return data;
      });
  let reads = 0;
  return {
    ...memory,
    read(data, spec) {
      reads++;
      return memory.read(data, spec);
    },
    readAll(operands) {
      if (operands.length) reads++;
      return Promise.all(operands.map((operand) => memory.read(operand.data, operand)));
    },
    get reads() {
      return reads;
    },
  };
}
