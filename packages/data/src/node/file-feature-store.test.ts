import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FeatureStore, memoryFeatureStore } from '../feature-store.ts';
import { fileFeatureStore } from './file-feature-store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graft-features-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const files = (): string[] => readdirSync(folder).map((name) => join(folder, name));
/** Moves the last use of all files into the past, because file timestamps may be coarse. */
const age = (): void =>
  files().forEach((file) => utimesSync(file, statSync(file).mtimeMs / 1000 - 10, statSync(file).mtimeMs / 1000 - 10));

/** `room` is the number of arrays of 100 values that fit. */
describe.each<[string, (room: number) => FeatureStore]>([
  ['in memory', (room) => memoryFeatureStore({ maxBytes: room * 400 })],
  ['in files', (room) => fileFeatureStore(folder, { maxBytes: room * 432 })],
])('a store %s', (_, make) => {
  const of = (value: number): Float32Array => new Float32Array(100).fill(value);
  test('reads stored arrays, and undefined for other keys', async () => {
    const store = make(3);
    const values = Float32Array.of(1.5, -0, Number.NaN, Infinity);
    await store.write('a/../b \0 ü', values);
    values[0] = 7;
    expect(await store.read('a/../b \0 ü')).toEqual(Float32Array.of(1.5, -0, Number.NaN, Infinity));
    expect(await store.read('other')).toBeUndefined();
    await store.write('empty', new Float32Array());
    expect(await store.read('empty')).toEqual(new Float32Array());
  });
  test('drops the least recently used array', async () => {
    const store = make(2);
    await store.write('a', of(1));
    age();
    await store.write('b', of(2));
    age();
    await store.read('a');
    age();
    await store.write('c', of(3));
    expect(await Promise.all(['a', 'b', 'c'].map(async (key) => (await store.read(key))?.[0]))).toEqual([
      1,
      undefined,
      3,
    ]);
  });
  test('overwriting a key takes no more room, and arrays larger than the store are not kept', async () => {
    const store = make(2);
    await store.write('a', of(1));
    await store.write('b', of(2));
    await store.write('b', of(4));
    expect([(await store.read('a'))?.[0], (await store.read('b'))?.[0]]).toEqual([1, 4]);
    await store.write('a', new Float32Array(1000));
    expect([await store.read('a'), (await store.read('b'))?.[0]]).toEqual([undefined, 4]);
  });
});

test('detects and removes damaged files', async () => {
  const store = fileFeatureStore(folder);
  const changes: ((bytes: Buffer) => Buffer)[] = [
    (bytes) => bytes.fill(9, 40, 41),
    (bytes) => bytes.subarray(0, 50),
    (bytes) => bytes.subarray(0, 8),
    () => Buffer.alloc(0),
  ];
  for (const change of changes) {
    await store.write('a', Float32Array.of(1, 2, 3, 4, 5));
    const [file] = files();
    writeFileSync(file!, change(readFileSync(file!)));
    expect(await store.read('a')).toBeUndefined();
    expect(files()).toEqual([]);
  }
});
test('ignores a file renamed to another key', async () => {
  const store = fileFeatureStore(folder);
  await store.write('b', Float32Array.of(1));
  const [name] = files();
  await store.write('a', Float32Array.of(2));
  renameSync(
    files().find((file) => file !== name)!,
    name!,
  );
  expect(await store.read('b')).toBeUndefined();
});
test('two stores share a folder', async () => {
  const stores = [fileFeatureStore(folder), fileFeatureStore(folder)];
  await Promise.all(
    Array.from({ length: 40 }, (_, i) => stores[i % 2]!.write(`${i % 8}`, new Float32Array(500).fill(i % 8))),
  );
  for (let key = 0; key < 8; key++) expect(await stores[0]!.read(`${key}`)).toEqual(new Float32Array(500).fill(key));
});
