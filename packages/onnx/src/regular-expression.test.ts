import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fullMatcher } from './regular-expression.ts';

const { texts, cases } = JSON.parse(
  readFileSync(new URL('regular-expression.golden.json', import.meta.url), 'utf8'),
) as {
  readonly texts: readonly string[];
  readonly cases: readonly (readonly [pattern: string, matches: readonly number[] | null])[];
};

describe('whole texts match as in RE2', () => {
  test.each(cases)('%s', (pattern, matches) => {
    if (!matches) expect(() => fullMatcher(pattern)).toThrow(/^its pattern "/);
    else {
      const test = fullMatcher(pattern);
      expect(texts.flatMap((text, i) => (test(text) ? [i] : []))).toEqual(matches);
    }
  });
});

describe('patterns from strangers', () => {
  test('a pattern that backtracks exponentially takes linear time', () => {
    expect(fullMatcher('(a|a)*(a*)*(a|aa)+b')('a'.repeat(2000))).toBe(false);
    expect(fullMatcher('(a?){30}a{30}')('a'.repeat(30))).toBe(true);
  });
  test.each([
    ['repetitions that multiply', '((a{1000}){1000}){1000}'],
    ['empty repetitions that multiply', '((){1000}){1000}'],
    ['deep nesting', `${'('.repeat(10_000)}a${')'.repeat(10_000)}`],
  ])('%s are rejected', (_, pattern) => expect(() => fullMatcher(pattern)).toThrow(/states|deep/));
  test('a text that would visit too many states is rejected', () =>
    expect(() => fullMatcher('((a*){45}){45}b')('a'.repeat(50_000))).toThrow(/takes too long/));
});
