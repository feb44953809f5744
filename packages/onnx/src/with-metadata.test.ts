import { expect, test } from 'vitest';
import { readModel, withMetadata } from './index.ts';
import { smallNetwork } from './testing/index.ts';

test('entries are added or replaced, and the rest of the file is unchanged', () => {
  const bytes = withMetadata(smallNetwork({ side: 8 }), { labels: '["cat","dog"]', task: 'classification' });
  const again = withMetadata(bytes, { task: 'multilabel', note: 'größer' });
  const [before, after] = [readModel(bytes), readModel(again)];
  expect(Object.fromEntries(after.metadata)).toEqual({
    ...Object.fromEntries(before.metadata),
    labels: '["cat","dog"]',
    task: 'multilabel',
    note: 'größer',
  });
  expect([after.graph, after.irVersion, [...after.opsets]]).toEqual([
    before.graph,
    before.irVersion,
    [...before.opsets],
  ]);
});
