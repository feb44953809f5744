import { createWasmBackend } from '@graft/backend-wasm';
import { expect, test } from 'vitest';
import { damagedFiles } from './fuzz-files.mjs';
import { outcome } from './outcome.mjs';
import { unclear } from './unclear.mjs';

const backend = await createWasmBackend({ threads: 1 });

test('damaged files run or are rejected with a clear error', { timeout: 60_000 }, async () => {
  const outcomes: string[] = [];
  for (const { number, kind, bytes } of damagedFiles(300, 9))
    outcomes.push(`${number} (${kind}) ${(await outcome(bytes, backend)) ?? 'ran'}`);
  expect(outcomes.filter((one) => one.includes('unclear: '))).toEqual([]);
  expect(outcomes.filter((one) => one.endsWith(' ran')).length).toBeGreaterThan(50);
  expect(outcomes.filter((one) => one.includes('refused: ')).length).toBeGreaterThan(100);
});

test('the same seed gives the same files', () => expect([...damagedFiles(20, 3)]).toEqual([...damagedFiles(20, 3)]));

test.each([
  ['Node "a" (Conv): Cannot read properties of undefined (reading \'shape\')', 'it says "Cannot read"'],
  ['fuzz.onnx: Invalid array length', 'it says "Invalid array"'],
  ['something is wrong.', 'it names neither the file nor a node'],
  ['fuzz.onnx: Two initializers are named "undefined".', undefined],
])('%s', (message, why) => expect(unclear(message)).toBe(why));
