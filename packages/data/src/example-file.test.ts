import { expect, test } from 'vitest';
import { exampleFileOf } from './example-file.ts';

const bytes = Uint8Array.of(1, 2);
test.each([
  ['bytes', bytes, 'the image'],
  ['a buffer', bytes.buffer, 'the image'],
  ['a Blob', new Blob([bytes]), 'the image'],
  ['a File', new File([bytes], 'a.png'), 'a.png'],
  ['a file', { name: 'b.png', bytes: async () => bytes }, 'b.png'],
])('%s', async (_, value, name) => {
  const file = exampleFileOf(value, 'the image')!;
  expect([file.name, await file.bytes()]).toEqual([name, bytes]);
});
test('a Blob above the limit is not read', async () => {
  const file = exampleFileOf(new File([bytes], 'a.txt'), 'the text')!;
  expect(await file.bytes(2)).toEqual(bytes);
  await expect(file.bytes(1)).rejects.toThrow('"a.txt" has 2 bytes, and at most 1 are supported.');
});
test.each([['a text'], [3], [null], [undefined], [{ width: 3 }]])('%j is not a file', (value) =>
  expect(exampleFileOf(value, 'the image')).toBeUndefined(),
);
