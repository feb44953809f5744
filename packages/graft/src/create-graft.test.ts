import { apiVersion, definePlugin, type Plugin } from '@graft/plugin';
import { add, kernel, type Kernel, matmul, profile, tensor } from '@graft/tensor';
import { describe, expect, test } from 'vitest';
import { createBackend, createGraft } from './node/index.ts';

/** A plugin that brings the wasm backend a kernel for an op. */
const bringing = (name: string, op: string, run: Kernel): Plugin =>
  definePlugin({
    name: `graft-plugin-${name}`,
    apiVersion,
    contributes: [kernel({ name: `${name}/${op}/wasm`, op, backend: 'wasm', kernel: run })],
  });

/** A product of two matrices on the wasm backend of an app with these plugins, and how it was computed. */
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
  test('a kernel that declines changes nothing: the next one runs', async () => {
    let asked = 0;
    const declines = bringing('declines', 'matmul', () => void asked++);
    const also = bringing('also-declines', 'matmul', () => void asked++);
    expect(await product(declines, also)).toEqual(await product());
    expect((await product(declines)).road).toBe('kernel');
    expect(asked).toBe(3);
  });
  test('a kernel that computes is used, but only for the cases it supports', async () => {
    const app = await createGraft({
      plugins: [
        bringing('pairs', 'add', ([a], _, { shape }) => (shape.join() === '2' ? a!.data : undefined)), // the sum is the first
      ],
      modelsFrom: [],
    });
    const backend = await createBackend(app);
    const of = (...values: number[]) => tensor(values, { backend });
    const pair = of(1, 2);
    backend.retain(pair.data); // the result is a holder of its own
    expect(add(pair, of(10, 20)).numbers()).toEqual([1, 2]);
    expect(add(of(1, 2, 3), of(10, 20, 30)).numbers()).toEqual([11, 22, 33]);
    await app.dispose();
  });
});
