import type { ImageHash } from '@graft/data';
import type { Label } from '@graft/report';
import { expect, test } from 'vitest';
import { type Contradictions, describeContradictions, findContradictions } from './contradictions.ts';

interface Example {
  readonly name: string;
  readonly label: Label;
  readonly content?: string;
  readonly hash?: ImageHash;
}
const find = (
  examples: readonly Example[],
  looksSame: (first: number, second: number) => boolean = () => true,
): Promise<Contradictions> =>
  findContradictions({
    indices: examples.map((_, i) => i),
    labelOf: (i) => examples[i]!.label,
    nameOf: (i) => examples[i]!.name,
    digests: new Map(examples.flatMap(({ content }, i) => (content === undefined ? [] : [[i, content]]))),
    fingerprints: new Map(examples.flatMap(({ hash }, i) => (hash ? [[i, hash]] : []))),
    looksSame: (first, second) => Promise.resolve(looksSame(first, second)),
  });
const described = (found: Contradictions, examples: readonly Example[], exclusive = true): string | undefined =>
  describeContradictions(found, {
    nameOf: (i) => examples[i]!.name,
    labelNameOf: (i) => String(examples[i]!.label),
    one: 'image',
    noun: ['class', 'classes'],
    exclusive,
  });

test('identical contents in two classes are a pair; in one class they are none', async () => {
  const examples = [
    { name: 'cats/a.png', label: 0, content: 'x' },
    { name: 'cats/copy.png', label: 0, content: 'x' },
    { name: 'cats/b.png', label: 0, content: 'y' },
    { name: 'dogs/b.png', label: 1, content: 'x' },
    { name: 'dogs/c.png', label: 1, content: 'z' },
  ];
  const found = await find(examples);
  expect(found).toEqual({ pairs: [{ first: 0, second: 3, exact: true }], count: 3, complete: true });
  expect(described(found, examples)).toBe(
    '"cats/a.png" and "dogs/b.png" are the same image in two classes ("0" and "1"). Remove the wrong one.',
  );
  expect(described(await find(examples.slice(0, 3)), examples)).toBeUndefined();
});
test('one content in three classes is two pairs', async () => {
  const examples = [0, 1, 2, 2].map((label, i) => ({ name: `${i}.png`, label, content: 'x' }));
  const found = await find(examples);
  expect(found.pairs).toEqual([
    { first: 0, second: 1, exact: true },
    { first: 0, second: 2, exact: true },
  ]);
  expect(found.count).toBe(4);
  expect(described(found, examples)).toBe(
    '4 images contradict one another: "0.png" and "1.png" are the same image in two classes ("0" and "1"), and 1 more pair. Remove the wrong ones; summary.json and the report list them.',
  );
});
test('similar fingerprints count if the images look the same, in other classes only, and once', async () => {
  const examples: Example[] = [
    { name: 'cats/a.png', label: 0, content: 'x', hash: [0b1011, 7] },
    { name: 'dogs/a.jpg', label: 1, content: 'y', hash: [0b1000, 7] },
    { name: 'cats/small.jpg', label: 0, content: 'z', hash: [0b1011, 6] },
    { name: 'dogs/other.jpg', label: 1, content: 'w', hash: [0xff00ff00, 7] },
    { name: 'dogs/exact.png', label: 1, content: 'x', hash: [0b1011, 7] },
    { name: 'dogs/plain.png', label: 1, content: 'v' },
  ];
  const asked: string[] = [];
  const found = await find(examples, (first, second) => {
    asked.push(`${first} ${second}`);
    return first === 0;
  });
  expect(found.pairs).toEqual([
    { first: 0, second: 4, exact: true },
    { first: 0, second: 1, exact: false },
  ]);
  expect(asked.toSorted()).toEqual(['0 1', '1 2', '2 4']);
  const near = await find(examples.slice(0, 2));
  expect(described(near, examples)).toContain('"cats/a.png" and "dogs/a.jpg" are nearly the same image in two classes');
});
test('other labels than classes are compared as a whole, and a file that is listed twice has another warning', async () => {
  const examples = [
    { name: 'a', label: Float32Array.of(1, 0), content: 'x' },
    { name: 'b', label: Float32Array.of(1, 1), content: 'x' },
    { name: 'c', label: Float32Array.of(0, 1), content: 'y' },
    { name: 'c', label: Float32Array.of(0, 0), content: 'y' },
  ];
  const found = await find(examples);
  expect(found.pairs).toEqual([{ first: 0, second: 1, exact: true }]);
  expect(described(found, examples, false)).toContain('are the same image with different classes ("1,0" and "1,1")');
});
test('the work is bounded for any data: thousands of images with one fingerprint', async () => {
  const examples = Array.from({ length: 3000 }, (_, i) => ({
    name: `${i}`,
    label: i % 2,
    content: `${i}`,
    hash: [1, 2] as const,
  }));
  let asked = 0;
  const found = await find(examples, () => ++asked > 0 && false);
  expect([asked, found.complete, found.pairs]).toEqual([2000, false, []]);
  const all = await find(examples);
  expect(described(all, examples)).toMatch(/^At least \d+ images contradict one another: .* nearly the same image/);
});
