import { expect, test } from 'vitest';
import { oneLine } from './one-line.ts';

test('control characters are escaped', () => {
  expect(oneLine('a\nb\r\tc\u001b[2J\u202e\u2028é')).toBe('a\\nb\\r\\tc\\u001b[2J\\u202e\\u2028é');
});
test('a long text is cut off', () => {
  expect(oneLine('x'.repeat(201))).toBe(`${'x'.repeat(200)}…`);
  expect(oneLine('x'.repeat(200))).toBe('x'.repeat(200));
  expect(oneLine('\n'.repeat(5), 4)).toBe('\\n\\n…');
});
