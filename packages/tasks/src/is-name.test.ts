import { expect, test } from 'vitest';
import { isName, isPlainName } from './is-name.ts';

test('a new class has a name that every file and page shows as it is', () => {
  for (const name of ['cat', 'Katze ü', 'שלום\u200F', 'a\u200Db', ' ', '🐈‍⬛', '<b>', '"', 'a,b']) {
    expect(isName(name)).toBe(true);
    expect(isPlainName(name)).toBe(true);
  }
  for (const name of ['', 'a\nb', 'a\tb', '\u001b[2J', 'a\u0085b', 'a\0'])
    for (const check of [isName, isPlainName]) expect(check(name)).toBe(false);
  // Runs that exist may have such classes.
  for (const name of ['a\u2028b', 'a\u2029', 'a\u202Egnp', '\u2066a'])
    expect([isName(name), isPlainName(name)]).toEqual([true, false]);
});
