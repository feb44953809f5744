import { createWasmBackend } from '@graft/backend-wasm';
import { js } from '@graft/tensor';
import { expect, test } from 'vitest';
import { differences, golden, parityRun } from './run-parity.mjs';

const names = ['sgd', 'adam'] as const;

test.each(names)('200 steps of %s follow PyTorch’s losses within 0.1 percent, on both backends', { timeout: 60_000 }, async (name) => {
  const { losses } = golden.runs[name];
  expect(losses.length).toBe(200);
  const mean = (part: readonly number[]): number => part.reduce((a, b) => a + b, 0) / part.length;
  expect(mean(losses.slice(-20))).toBeLessThan(mean(losses.slice(0, 20)) / 4); // it does learn
  const wasm = await createWasmBackend();
  for (const backend of [js, wasm]) expect(Math.max(...differences(name, parityRun(backend, name))), backend.name).toBeLessThan(1e-3);
  await wasm.dispose?.();
});
test('the run is not chaotic: PyTorch itself differs by less where it rounds differently', () => {
  for (const name of names) expect(golden.runs[name].spread).toBeLessThan(1e-4);
});
