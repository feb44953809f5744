import { type Backend, createJsBackend, type HostArray, type JsBuffer, type Operand } from '../index.ts';
import { runReference } from '../run-reference.ts';
import { allOps } from './all-ops.ts';

/** What {@link createBlindBackend} makes: a backend that counts how often it was read. */
export interface BlindBackend extends Backend<JsBuffer> {
  /** Transfers to the host so far; several tensors read together are one. */
  readonly reads: number;
}

/**
 * The js backend as a device whose memory the host cannot see: without `view` and `allocate`, and with kernels for those ops alone
 * that have no decomposition. What runs on it does not read values on the way.
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
