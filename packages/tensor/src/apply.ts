import { checkCopies, noteCopy } from '@graft/plugin';
import type { AnyBackend, Operand } from './backend.ts';
import type { DType } from './dtype.ts';
import type { AnyOp, Op } from './op.ts';
import { activeGuard, activeObserver, type Road } from './observe.ts';
import { own } from './scope.ts';
import { runReference } from './run-reference.ts';
import { type HostArray, sameShape, showShape, type TensorSpec } from './spec.ts';
import { isTracked, noGrad, record } from './tape.ts';
import { Tensor } from './tensor.ts';

noteCopy('@graft/tensor', import.meta.url);

/**
 * Runs an op: with the backend's kernel; otherwise, if the host can read the memory, with the op's reference; otherwise with its decomposition.
 * @throws if inputs do not fit or are on different backends, or nothing can compute the op
 */
export function apply<Attrs>(op: Op<Attrs>, inputs: readonly Tensor[], attrs: Attrs): Tensor {
  const backend = backendOf(op, inputs);
  const operands = inputs.map((input) => (input.backend === backend ? input : adopt(op, input, backend)));
  const tracked = isTracked(operands);
  // An op without gradient rules is differentiated through its decomposition.
  if (tracked && !op.gradient && op.decompose && !backend.trace) return op.decompose(operands, attrs);
  const spec = op.infer(operands, attrs);
  if (!spec.shape.every(Number.isSafeInteger))
    throw new Error(`Op "${op.name}" would give a tensor with a dimension above 2^53. Use smaller inputs.`);
  if (!op.alias) activeGuard()?.(spec, { backend, op: op as AnyOp, inputs: operands });
  const output = own(observed(op, operands, attrs, spec, backend));
  if (tracked) record(op, operands, output, attrs);
  return output;
}

function observed<Attrs>(
  op: Op<Attrs>,
  inputs: readonly Tensor[],
  attrs: Attrs,
  spec: TensorSpec,
  backend: AnyBackend,
): Tensor {
  const hear = activeObserver();
  if (!hear) return compute(op, inputs, attrs, spec, backend);
  const start = performance.now();
  let road: Road = 'kernel';
  const output = compute(op, inputs, attrs, spec, backend, (taken) => void (road = taken));
  hear({ op, inputs, output, road, milliseconds: performance.now() - start });
  return output;
}

function compute<Attrs>(
  op: Op<Attrs>,
  inputs: readonly Tensor[],
  attrs: Attrs,
  spec: TensorSpec,
  backend: AnyBackend,
  onRoad?: (road: Road) => void,
): Tensor {
  if (backend.trace) return new Tensor(spec, backend, backend.trace(op as AnyOp, inputs, attrs, spec));
  if (op.alias) {
    const { data } = inputs[0]!;
    backend.retain(data);
    return new Tensor(spec, backend, data);
  }
  const data = backend.kernels.get(op.name)?.(inputs, attrs, spec);
  if (data !== undefined) return new Tensor(spec, backend, data);
  if (op.reference && backend.view && backend.allocate) {
    onRoad?.('reference');
    const data = backend.allocate(spec);
    const host = (x: Operand<unknown>): HostArray => ({
      shape: x.shape,
      dtype: x.dtype,
      data: backend.view!(x.data, x),
    });
    runReference(op, inputs.map(host), attrs, host({ ...spec, data }));
    return new Tensor(spec, backend, data);
  }
  if (!op.decompose)
    throw new Error(
      `Backend "${backend.name}" has no kernel for op "${op.name}" with ${inputs.map((x) => `${x.dtype} ${showShape(x.shape)}`).join(', ')}, and the op has no decomposition.`,
    );
  onRoad?.('decomposition');
  const result = noGrad(() => op.decompose!(inputs, attrs));
  if (result.dtype !== spec.dtype || !sameShape(result.shape, spec.shape))
    throw new Error(
      `Op "${op.name}" decomposes to ${result.dtype} ${showShape(result.shape)}, but infers ${spec.dtype} ${showShape(spec.shape)}.`,
    );
  // A decomposition may return one of its inputs; the result must still be a separate tensor.
  backend.retain(result.data);
  return new Tensor(spec, backend, result.data);
}

/** The backend that all inputs share; a tracing backend wins, and host integers follow the others. */
function backendOf(op: { name: string }, inputs: readonly Tensor[]): AnyBackend {
  const first = inputs[0]?.backend;
  if (!first) throw new Error(`Op "${op.name}" expects at least one tensor.`);
  if (inputs.every((input) => input.backend === first)) return first;
  return (
    inputs.find((input) => input.backend.adopt)?.backend ?? inputs.find((input) => !steers(input))?.backend ?? first
  );
}

/** Integers are control data (shapes, indices, masks): they live on the host and may be moved to the floats' backend. */
const steering: ReadonlySet<DType> = new Set(['int64', 'int32', 'bool', 'uint8']);
const steers = (tensor: Tensor): boolean => steering.has(tensor.dtype) && tensor.backend.view !== undefined;

function adopt(op: { name: string }, tensor: Tensor, backend: AnyBackend): Tensor {
  if (backend.adopt) return own(new Tensor(tensor, backend, backend.adopt(tensor)));
  if (steers(tensor))
    return own(new Tensor(tensor, backend, backend.write(tensor.backend.view!(tensor.data, tensor), tensor)));
  checkCopies(); // the likelier cause if both names are equal
  throw new Error(
    `Op "${op.name}" got ${tensor}, but its other inputs are on "${backend.name}". Move the model with await model.to(backend), or the tensor with await to(tensor, backend).`,
  );
}
