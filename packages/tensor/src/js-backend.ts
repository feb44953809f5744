import type { Backend, BackendMemory } from './backend.ts';
import { copyOf, type TypedArray, zerosOf } from './dtype.ts';
import { sizeOf } from './spec.ts';

/** A typed array, and how many tensors share it. */
export interface JsBuffer {
  readonly array: TypedArray;
  references: number;
}

/** The backend in plain TypeScript: every op runs its reference kernel. Slow, exact to the dtype, runs anywhere. */
export function createJsBackend(name = 'js'): Backend<JsBuffer> {
  const held = { buffers: 0, bytes: 0 };
  const hold = (array: TypedArray): JsBuffer => {
    held.buffers++;
    held.bytes += array.byteLength;
    return { array, references: 1 };
  };
  return {
    name,
    kernels: new Map(),
    write: (values) => hold(copyOf(values)),
    read: async ({ array }) => array.slice(),
    view: ({ array }) => array,
    allocate: ({ dtype, shape }) => hold(zerosOf(dtype, sizeOf(shape))),
    retain: (buffer) => void buffer.references++,
    release(buffer) {
      if (--buffer.references > 0) return;
      held.buffers--;
      held.bytes -= buffer.array.byteLength;
    },
    memory: (): BackendMemory => ({ ...held }),
  };
}

/** The host: where tensors are created and control integers (shapes, indices) stay. */
export const js: Backend<JsBuffer> = createJsBackend();
