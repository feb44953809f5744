import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { root } from '../build/build.mjs';
import { checkedFiles, phrasesIn } from './style.mjs';

test('a phrase is reported with its line and a better one', () => {
  const text = ['// An error is a sentence.', 'throw new Error(`conv2d wants 3 channels.`);'].join('\n');
  expect(phrasesIn('a.ts', text)).toEqual(['a.ts:2: "wants": write expects, needs']);
});
test.each([
  'The path is no folder.',
  '/** Seconds; 5 unless told. */',
  'It is padded, so that it fits.',
  'images to judge by',
  'The file shall be read.',
  'as nobody says',
  'the whole numbers of a batch',
])('%s', (line) => expect(phrasesIn('a.md', line)).toHaveLength(1));
test.each([
  'There is no folder.',
  'It is no longer used.',
  'const wanted = 1;',
  'Pad it so it fits.',
  'The path is not a folder.',
])('%s is fine', (line) => expect(phrasesIn('a.md', line)).toEqual([]));
test('program output in Markdown is skipped, code is not', () => {
  expect(phrasesIn('a.md', '```\nit wants 1\n```\n')).toEqual([]);
  expect(phrasesIn('a.md', '```ts\n// it wants 1\n```\n')).toEqual(['a.md:2: "wants": write expects, needs']);
});
test('the repository has none of these phrases', () => {
  const files = checkedFiles();
  expect(files).toContain('packages/layers/src/module.ts');
  expect(files).toContain('README.md');
  expect(files.flatMap((file) => phrasesIn(file, readFileSync(`${root}${file}`, 'utf8')))).toEqual([]);
});
