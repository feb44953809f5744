import type { WasmModule } from '@graft/backend-wasm';
import { sizeOf } from '@graft/tensor';
import { kernel } from './kernel.ts';

/** The kernel of `swish` for wasm backends. It supports float32; other dtypes use the reference. */
export const swishKernel: WasmModule = {
  name: 'swish',
  source: () => Uint8Array.from(atob(kernel), (letter) => letter.charCodeAt(0)),
  kernels: ({ swish }, { output, run }) => ({
    swish([x], { beta }: { beta: number }, out) {
      const size = sizeOf(out.shape);
      if (out.dtype !== 'float32' || size === 0) return undefined;
      const y = output(out);
      const [bits = 0] = new Int32Array(Float32Array.of(beta).buffer);
      run(swish!, size, 1.2 * size, [x!.data.pointer, y.pointer, bits], 1024);
      return y;
    },
  }),
};
