import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { workFolder } from '../testing/work-folder.ts';
import { growth, type Sample } from './growth.mjs';
import { soakCycles } from './soak-cycles.mjs';

const folder = workFolder();

test('training, serving, predicting, stopping and resuming leave nothing open', { timeout: 240_000 }, async () => {
  const samples = await soakCycles({ folder, isOver: (cycle) => cycle === 2 });
  expect(samples).toHaveLength(2);
  const [first, second] = samples as [Sample, Sample];
  // Other tests of this process may have left something that closes meanwhile.
  expect(second.descriptors ?? 0).toBeLessThanOrEqual(first.descriptors ?? 0);
  expect(second.resources).toBeLessThanOrEqual(first.resources);
  expect(readdirSync(folder).filter((name) => name.startsWith('run-'))).toEqual([]);
});

const flat = (more: (i: number) => Partial<Sample>): Sample[] =>
  Array.from({ length: 30 }, (_, i) => ({
    memory: 300 * 2 ** 20,
    held: 30 * 2 ** 20,
    descriptors: 20,
    resources: 3,
    ...more(i),
  }));
const mebibytes = (i: number) => i * 2 ** 20;

test.each<[string, (i: number) => Partial<Sample>, string[]]>([
  ['what stays as it is', () => ({}), []],
  ['warm-up', (i) => ({ memory: mebibytes(Math.min(300, 200 + 20 * i)) }), []],
  ['single peaks', (i) => ({ memory: mebibytes(i % 7 === 0 ? 900 : 300), descriptors: i % 7 === 0 ? 90 : 20 }), []],
  ['a little memory', (i) => ({ memory: mebibytes(300 + i) }), []],
  ['a leak of memory', (i) => ({ memory: mebibytes(300 + 3 * i) }), ['Memory grew from 342 MiB to 378 MiB.']],
  [
    'a leak of objects',
    (i) => ({ held: mebibytes(30 + i / 4) }),
    ['What JavaScript holds grew from 34 MiB to 37 MiB.'],
  ],
  ['5 % of much memory', (i) => ({ memory: mebibytes(3000 + 3 * i) }), []],
  ['a leak of descriptors', (i) => ({ descriptors: 20 + i }), ['Open descriptors grew from 32 to 44.']],
  [
    'a slow leak of descriptors',
    (i) => ({ descriptors: 20 + Math.floor(i / 12) }),
    ['Open descriptors grew from 21 to 22.'],
  ],
  ['a file that is open now and then', (i) => ({ childDescriptors: i % 3 === 0 || (i > 24 && i % 2) ? 24 : 23 }), []],
  ['timers that stay', (i) => ({ resources: 3 + i }), ['Open resources grew from 15 to 27.']],
  [
    'a leak in children',
    (i) => (i % 4 ? {} : { childDescriptors: 20 + i }),
    ["A child's open descriptors grew from 32 to 44."],
  ],
])('%s', (_, more, expected) => expect(growth(flat(more))).toEqual(expected));
