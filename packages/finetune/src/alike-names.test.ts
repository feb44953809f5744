import { expect, test } from 'vitest';
import { alikeNames } from './alike-names.ts';

test.each([
  [['caf\u00E9', 'tea', 'cafe\u0301'], '"caf\u00E9" and "cafe\\u0301"'],
  [['a', 'a\u200B'], '"a" and "a\\u200b"'],
  [['cat', 'Cat'], '"cat" and "Cat"'],
  [['a ', 'a'], '"a " and "a"'],
])('%j', (names, shown) => {
  expect(alikeNames(names, 'classes')).toBe(
    `The classes ${shown} differ only in case, spaces, or how their letters are encoded. Give them one name if they mean the same.`,
  );
});
test('other names are fine', () => {
  expect(alikeNames(['cat', 'cats', '__proto__', 'constructor', '犬', '猫'], 'classes')).toBeUndefined();
});
