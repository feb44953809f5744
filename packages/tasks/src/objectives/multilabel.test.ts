import type { Examples } from '@graft/data';
import { expect, test } from 'vitest';
import { classification } from './classification.ts';
import { multilabel } from './multilabel.ts';
import { regression } from './regression.ts';

const examples = (cells: readonly unknown[]): Examples => ({
  root: 'photos',
  columns: ['path', 'labels'],
  list: cells.map((labels, i) => ({ place: `Row ${i + 1}`, fields: { path: `${i}.png`, labels } })),
  ignored: [],
  file: () => {
    throw new Error('unused');
  },
});

test.each([
  ['|', ['cat|dog', 'dog', 'cat | owl', '']],
  [';', ['cat;dog', 'dog', 'cat; owl', ' ']],
  [',', ['cat,dog', 'dog', 'cat, owl', '']],
])('labels are separated by %s', (separator, cells) => {
  const { names, labels, warnings } = multilabel.targets(examples(cells));
  expect(names).toEqual(['cat', 'dog', 'owl']);
  expect(labels.map((one) => [...(one as Float32Array)])).toEqual([
    [1, 1, 0],
    [0, 1, 0],
    [1, 0, 1],
    [0, 0, 0],
  ]);
  expect(warnings).toEqual(
    separator === '|'
      ? undefined
      : [
          `The labels in the column "labels" of "photos" are separated by "${separator}". If that is wrong, set the option labelSeparator.`,
        ],
  );
});

test('the separator can be given, for several labels in one column', () => {
  const given = (cells: readonly unknown[], labelSeparator: string): Examples => ({
    ...examples(cells),
    reading: { labelSeparator },
  });
  const { names, warnings } = multilabel.targets(given(['New York, NY/night', 'night', 'day/a|b', '["c/d"]'], '/'));
  expect([names, warnings]).toEqual([['New York, NY', 'a|b', 'c/d', 'day', 'night'], undefined]);
  for (const [objective, columns] of [
    [classification, undefined],
    [regression, undefined],
    [multilabel, ['labels', 'path']],
  ] as const)
    expect(() => objective.targets(given(['1', '0'], ';'), columns)).toThrow(
      'The option labelSeparator is for several labels in one column, but',
    );
});

test('a bar separates labels that contain commas', () => {
  expect(multilabel.targets(examples(['New York, NY|night', 'night', 'day'])).names).toEqual([
    'New York, NY',
    'day',
    'night',
  ]);
});

test('a column whose labels are all different is doubted', () => {
  expect(multilabel.targets(examples(['a red cat', 'two dogs', 'an owl', 'grass'])).warnings).toEqual([
    'No label in the column "labels" of "photos" occurs twice, so nothing can be learned from it. Select another column with the option targets.',
  ]);
});
