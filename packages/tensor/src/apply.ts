import { checkCopies, noteCopy } from '@graft/plugin';
import type { AnyBackend } from './backend.ts';
import { type DType, isHalf, fromBfloat16Bits, fromFloat16Bits, toArray } from './dtype.ts';
import type { AnyOp, Op } from './op.ts';
import { activeGuard, activeObserver, type Road } from './observe.ts';
import { own } from './scope.ts';
import { type HostArray, sameShape, showShape, sizeOf, type TensorSpec } from './spec.ts';
import { isTracked, noGrad, record } from './tape.ts';
import { Tensor } from './tensor.ts';

noteCopy('@graft/tensor', import.meta.url);

/**
 * Runs an op: by the backend's kernel; else, where the host sees the memory, by the op's reference; else by its parts.
 * @throws where inputs do not fit, live on different backends, or nothing can compute the op
 */
export function apply<Attrs>(op: Op<Attrs>, inputs: readonly Tensor[], attrs: Attrs): Tensor {
  const backend = backendOf(op, inputs);
  const operands = inputs.map((input) => (input.backend === backend ? input : adopt(op, input, backend)));
  const tracked = isTracked(operands);
  // An op without rules of its own is differentiated through its parts.
  if (tracked && !op.gradient && op.decompose && !backend.trace) return op.decompose(operands, attrs);
  const spec = op.infer(operands, attrs);
  if (!op.alias) activeGuard()?.(spec);
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
    runReference(op, inputs, attrs, { ...spec, data: backend.view(data, spec) }, backend);
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
  // A decomposition may end in one of its inputs; the result is a tensor of its own all the same.
  backend.retain(result.data);
  return new Tensor(spec, backend, result.data);
}

/** Runs a reference kernel; 16-bit floats are computed in float32 and rounded once. */
function runReference<Attrs>(
  op: Op<Attrs>,
  inputs: readonly Tensor[],
  attrs: Attrs,
  out: HostArray,
  backend: AnyBackend,
): void {
  const hosts = inputs.map((x): HostArray => {
    const data = backend.view!(x.data, x);
    return isHalf(x.dtype) ? widen({ shape: x.shape, dtype: x.dtype, data }) : { shape: x.shape, dtype: x.dtype, data };
  });
  if (!isHalf(out.dtype)) return op.reference!(hosts, attrs, out);
  const wide: HostArray = { shape: out.shape, dtype: 'float32', data: new Float32Array(sizeOf(out.shape)) };
  op.reference!(hosts, attrs, wide);
  out.data.set(toArray(wide.data as Float32Array, out.dtype) as never);
}

function widen({ shape, dtype, data }: HostArray): HostArray {
  const decode = dtype === 'float16' ? fromFloat16Bits : fromBfloat16Bits;
  return { shape, dtype: 'float32', data: Float32Array.from(data as Uint16Array, decode) };
}

/** The backend all inputs share; one that traces wins, and host integers go where the others are. */
function backendOf(op: { name: string }, inputs: readonly Tensor[]): AnyBackend {
  const first = inputs[0]?.backend;
  if (!first) throw new Error(`Op "${op.name}" wants at least one tensor.`);
  if (inputs.every((input) => input.backend === first)) return first;
  return (
    inputs.find((input) => input.backend.adopt)?.backend ?? inputs.find((input) => !steers(input))?.backend ?? first
  );
}

/** Integers steer (shapes, indices, masks); they live on the host and may follow floats anywhere. */
const steering: ReadonlySet<DType> = new Set(['int64', 'int32', 'bool', 'uint8']);
const steers = (tensor: Tensor): boolean => steering.has(tensor.dtype) && tensor.backend.view !== undefined;

function adopt(op: { name: string }, tensor: Tensor, backend: AnyBackend): Tensor {
  if (backend.adopt) return own(new Tensor(tensor, backend, backend.adopt(tensor)));
  if (steers(tensor))
    return own(new Tensor(tensor, backend, backend.write(tensor.backend.view!(tensor.data, tensor), tensor)));
  checkCopies(); // the likelier reason where both names are the same
  throw new Error(
    `Op "${op.name}" got ${tensor}, but its other inputs are on "${backend.name}". Move the model with model.to(backend), or the tensor with to(tensor, backend).`,
  );
}
