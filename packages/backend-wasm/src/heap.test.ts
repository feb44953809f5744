import { expect, test } from 'vitest';
import { Random } from '@graft/tensor';
import { Heap } from './heap.ts';
import { createMemory } from './load.ts';

const heapOf = (mebibytes: number, shared = true): Heap => {
  const { memory, maximum } = createMemory(shared, mebibytes * 2 ** 20);
  return new Heap(memory, maximum);
};

test('buffers are aligned and separated by 64 bytes', () => {
  const heap = heapOf(64);
  const random = new Random(1);
  const held: { pointer: number; bytes: number; references: number }[] = [];
  for (let i = 0; i < 3000; i++) {
    if (held.length > 50 || (held.length && random.int(3) === 0))
      heap.release(held.splice(random.int(held.length), 1)[0]!);
    else held.push(heap.allocate(random.int(4) ? random.int(3000) : random.int(300000)));
    expect(held.every(({ pointer }) => pointer % 64 === 0)).toBe(true);
  }
  const sorted = held.toSorted((a, b) => a.pointer - b.pointer);
  const ends = sorted.map(({ pointer, bytes }) => pointer + bytes + 64);
  expect(ends.slice(0, -1).every((end, i) => end <= sorted[i + 1]!.pointer)).toBe(true);
  for (const buffer of held) heap.release(buffer);
  expect(heap.use).toMatchObject({ buffers: 0, bytes: 0 });
});

test('shared buffers are freed with their last reference', () => {
  const heap = heapOf(64);
  const buffer = heap.allocate(100);
  heap.retain(buffer);
  heap.release(buffer);
  expect(heap.use).toMatchObject({ buffers: 1, bytes: 100 });
  heap.release(buffer);
  expect(heap.use).toMatchObject({ buffers: 0, bytes: 0 });
  expect(() => heap.release(buffer)).toThrow('A buffer of 100 bytes was released more often than it was retained.');
});

test('freed memory is reused', () => {
  const heap = heapOf(64);
  const first = heap.allocate(1000);
  heap.release(first);
  expect(heap.allocate(1000).pointer).toBe(first.pointer);
});

test('many small free blocks are merged into a large one', () => {
  const heap = heapOf(32);
  const small = Array.from({ length: 200 }, () => heap.allocate(100_000));
  for (const buffer of small) heap.release(buffer);
  expect(heap.allocate(25 * 2 ** 20).pointer).toBeGreaterThan(0);
});

test.each([2 ** 37, 2 ** 40, 2 ** 53, -64, Number.NaN])('%s bytes are refused, and nothing is damaged', (bytes) => {
  const heap = heapOf(32);
  const before = heap.allocate(1000);
  expect(() => heap.allocate(bytes)).toThrow('The WebAssembly memory is full:');
  const after = heap.allocate(1000);
  expect(after.pointer).toBeGreaterThanOrEqual(before.pointer + 1064);
  expect(heap.use).toMatchObject({ buffers: 2, bytes: 2000 });
});

test('reports requested and used memory when it is full', () => {
  const heap = heapOf(32);
  heap.allocate(20 * 2 ** 20);
  expect(() => heap.allocate(20 * 2 ** 20)).toThrow(
    'The WebAssembly memory is full: 20.0 MiB were requested, 20.0 MiB in 1 buffers are in use, and the maximum is 32.0 MiB. Lower the batch size, or free intermediate tensors with scope().',
  );
  expect(heap.allocate(2 ** 20).pointer).toBeGreaterThan(0);
});

test.each([true, false])('views follow the memory as it grows (shared: %s)', (shared) => {
  const heap = heapOf(256, shared);
  const buffer = heap.allocate(4);
  heap.views.float32[buffer.pointer / 4] = 7;
  const before = heap.views;
  const last = heap.allocate(100 * 2 ** 20);
  expect(heap.views === before).toBe(false);
  expect(heap.views.float32[buffer.pointer / 4]).toBe(7);
  heap.views.float32[last.pointer / 4 + 25 * 2 ** 20 - 1] = 3;
  expect(heap.views.float32[last.pointer / 4 + 25 * 2 ** 20 - 1]).toBe(3);
});
