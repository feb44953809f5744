import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { add, kernel, type Kernel, matmul, profile, tensor } from '@graft/tensor';
import { describe, expect, test } from 'vitest';
import { createBackend, createGraft } from './node/index.ts';

/** A plugin that adds a kernel for an op to the wasm backend. */
const withKernel = (name: string, op: string, run: Kernel): Plugin =>
  definePlugin({
    name: `graft-plugin-${name}`,
    apiVersion,
    contributes: [kernel({ name: `${name}/${op}/wasm`, op, backend: 'wasm', kernel: run })],
  });

/** A matrix product on the wasm backend of an app with these plugins, and how it was computed. */
async function product(...plugins: Plugin[]): Promise<{ values: number[]; road: string | undefined }> {
  const app = await createGraft({ plugins, modelsFrom: [] });
  try {
    const backend = await createBackend(app);
    const numbers = (rows: number, columns: number) =>
      tensor(
        Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i)),
        { shape: [rows, columns], backend },
      );
    const { result, rows } = profile(() => matmul(numbers(5, 7), numbers(7, 3)));
    return { values: result.numbers(), road: rows.find(({ op }) => op === 'matmul')?.road };
  } finally {
    await app.dispose();
  }
}

describe('kernels of plugins', () => {
  test('if a kernel declines, the next one runs', async () => {
    let calls = 0;
    const declines = withKernel('declines', 'matmul', () => void calls++);
    const also = withKernel('also-declines', 'matmul', () => void calls++);
    expect(await product(declines, also)).toEqual(await product());
    expect((await product(declines)).road).toBe('kernel');
    expect(calls).toBe(3);
  });
  test('a kernel that computes is used, but only for the cases it supports', async () => {
    const app = await createGraft({
      plugins: [
        withKernel('pairs', 'add', ([a], _, { shape }) => (shape.join() === '2' ? a!.data : undefined)), // returns its first input
      ],
      modelsFrom: [],
    });
    const backend = await createBackend(app);
    const of = (...values: number[]) => tensor(values, { backend });
    const pair = of(1, 2);
    backend.retain(pair.data); // the result shares this buffer
    expect(add(pair, of(10, 20)).numbers()).toEqual([1, 2]);
    expect(add(of(1, 2, 3), of(10, 20, 30)).numbers()).toEqual([11, 22, 33]);
    await app.dispose();
  });
});
