import { expect, test } from 'vitest';
import { csv, textTable } from './text-table.ts';
import { visible } from './visible.ts';

test('control characters are written out, and mean the same in JSON', () => {
  const names = ['\u001b[2J', '\u009b1A', 'a\rb', '\u202Egpj.exe', '\u2028', '\u0000', '\u007f'];
  for (const name of names) {
    const shown = visible(JSON.stringify({ name }));
    expect(shown).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(shown)).toEqual({ name });
  }
  expect(visible('ä\t日本\n🙂')).toBe('ä\t日本\n🙂');
});
test('a table keeps its columns and rows, whatever the cells hold', () =>
  expect(
    textTable(
      ['name', 'n'],
      [
        ['a\u001b[1m\nb', '1'],
        ['c', '-10'],
      ],
    ),
  ).toBe(['name             n', '──────────────────', 'a\\u001b[1m b     1', 'c              -10'].join('\n')));
test('a cell that a spreadsheet would compute is text', () =>
  expect(
    csv(
      ['=a', 'b'],
      [
        ['=HYPERLINK("x")', '-1.5e3'],
        ['@sum', '+1'],
        ['-x', '-'],
      ],
    ),
  ).toBe([`'=a,b`, `"'=HYPERLINK(""x"")",-1.5e3`, `'@sum,+1`, `'-x,'-`].join('\r\n')));
