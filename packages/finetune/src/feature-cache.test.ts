import { type FeatureStore, memoryFeatureStore } from '@graft/data';
import { expect, test } from 'vitest';
import { featureCache } from './feature-cache.ts';

test('a store on a full disk is left alone after one warning', async () => {
  const memory = memoryFeatureStore();
  let calls = 0;
  const full: FeatureStore = {
    read: (key) => memory.read(key),
    async write(key, values) {
      if (++calls > 1) throw new Error('Cannot write "a.f32": the disk is full. Free some space.');
      await memory.write(key, values);
    },
  };
  const warnings: string[] = [];
  const cache = featureCache(full, (reason) => warnings.push(reason));
  await cache.write('a', Float32Array.of(1));
  expect(await cache.read('a')).toEqual(Float32Array.of(1));
  await Promise.all(['b', 'c', 'd'].map((key) => cache.write(key, Float32Array.of(2))));
  expect(warnings).toEqual(['Cannot write "a.f32": the disk is full. Free some space.']);
  const before = calls;
  await cache.write('e', Float32Array.of(3));
  expect(await cache.read('a')).toBeUndefined();
  expect(calls).toBe(before);
});
