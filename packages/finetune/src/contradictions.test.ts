import { expect, test } from 'vitest';
import { contradictions } from './contradictions.ts';

/** A warning about examples with contents and labels of one letter each. */
const warning = (contents: string, labels: string): string | undefined =>
  contradictions(
    Array.from(contents, (_, i) => i),
    {
      digests: new Map(Array.from(contents).flatMap((content, i) => (content === '-' ? [] : [[i, content] as const]))),
      examples: Array.from(labels, (label, i) => ({ name: `${i}.png`, label: label.charCodeAt(0) })),
      noun: ['image', 'images'],
      labels: 'classes',
    },
  );

test('nothing is said of copies with one label, and of examples without a digest', () => {
  expect(warning('abab', 'xyxy')).toBeUndefined();
  expect(warning('--', 'xy')).toBeUndefined();
});
test('copies with different labels are counted, and two are named', () => {
  expect(warning('abca', 'xyyz')).toBe(
    '2 images have the same content as others, but different classes: "0.png" and "3.png". Remove the wrong ones.',
  );
  expect(warning('aaabb', 'xxyzw')).toBe(
    '5 images have the same content as others, but different classes: "0.png" and "2.png" …. Remove the wrong ones.',
  );
});
test('vectors of targets are compared by their values', () => {
  const examples = [0, 1, 1].map((value, i) => ({ name: `${i}`, label: Float32Array.of(value, 0) }));
  const given = { digests: new Map([0, 1, 2].map((i) => [i, 'a'])), examples, labels: 'labels' };
  const of = (indices: number[]): string | undefined => contradictions(indices, { ...given, noun: ['text', 'texts'] });
  expect(of([1, 2])).toBeUndefined();
  expect(of([0, 1])).toContain('2 texts have the same content as others, but different labels: "0" and "1".');
});
