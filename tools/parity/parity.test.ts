import { createWasmBackend } from '@graft/backend-wasm';
import { js } from '@graft/tensor';
import { afterAll, expect, test } from 'vitest';
import { differences, golden, parityRun } from './run-parity.mjs';

const wasm = await createWasmBackend();
afterAll(() => wasm.dispose?.());
const names = ['sgd', 'adam'] as const;

test.each(
  names.flatMap((name) => [js, wasm].map((backend) => ({ name, backend, title: `${name} on ${backend.name}` }))),
)('200 steps of $title follow PyTorch’s losses within 0.1 percent', { timeout: 60_000 }, async ({ name, backend }) => {
  const apart = differences(name, await parityRun(backend, name));
  expect(apart.length).toBe(200);
  expect(Math.max(...apart)).toBeLessThan(1e-3);
});
test.each(names)(
  'what %s does is learning, and not chaotic: PyTorch differs from itself by less where it rounds differently',
  (name) => {
    const { losses, spread } = golden.runs[name];
    const mean = (part: readonly number[]): number => part.reduce((a, b) => a + b, 0) / part.length;
    expect(mean(losses.slice(-20))).toBeLessThan(mean(losses.slice(0, 20)) / 4);
    expect(spread).toBeLessThan(1e-4);
  },
);
