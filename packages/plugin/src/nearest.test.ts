import { expect, test } from 'vitest';
import { didYouMean, nearest } from './nearest.ts';

test('the closest name, in any case, or none', () => {
  expect(nearest('LINAER', ['conv', 'linear'])).toBe('linear');
  expect(nearest('lienar', ['conv', 'linear'])).toBe('linear');
  expect(nearest('softmax', ['conv', 'linear'])).toBeUndefined();
  expect(didYouMean('cnov', ['conv'])).toBe(' Did you mean "conv"?');
});

/** Counts the characters that are read of each candidate. */
function counting(names: readonly string[]): { candidates: string[]; compared: () => number } {
  let compared = 0;
  const candidates = names.map((name) => {
    const text = Object.assign(Object(name) as string, {
      toLowerCase() {
        compared += name.length;
        return name.toLowerCase();
      },
    });
    return text;
  });
  return { candidates, compared: () => compared };
}

test('a name of 200,000 letters is compared with nothing', () => {
  const { candidates, compared } = counting(['Conv', 'a'.repeat(199_999)]);
  expect(nearest('a'.repeat(200_000), candidates)).toBeUndefined();
  expect(compared()).toBe(0);
});
test('of candidates that are too long, or very many, few are compared', () => {
  const far = counting(['a'.repeat(1000), 'Conv']);
  expect(String(nearest('Konv', far.candidates))).toBe('Conv');
  expect(far.compared()).toBe(4);
  const many = counting(Array.from({ length: 100_000 }, (_, i) => `${'x'.repeat(90)}${i}`.padEnd(100, '-')));
  expect(nearest('y'.repeat(100), many.candidates)).toBeUndefined();
  expect(many.compared() * 100).toBeLessThanOrEqual(2 ** 24);
});
