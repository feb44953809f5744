import { expect, test } from 'vitest';
import { featureMap, lineChart } from './charts.ts';
import { interval } from './interval.ts';
import { codeBlock, escapeMarkdown, markdownTable } from './markdown.ts';
import { markup } from './markup.ts';

test('markup escapes each value once', () => {
  const name = '"><img src=x onerror=alert(1)>`\u0000';
  const inner = markup`<b title="${name}">${name}</b>`;
  expect(inner.text).not.toMatch(/<img|"">|`|\0/);
  expect(markup`<p>${[inner, 'a&b', 1, undefined]}</p>`.text).toBe(`<p>${inner.text}a&#38;b1</p>`);
});
test('markup keeps line breaks and tabs, and replaces other control characters with spaces', () =>
  expect(markup`<pre>${'a\n\tb\u0007\u001B[31m'}</pre>`.text).toBe('<pre>a\n\tb  [31m</pre>'));
test('a malicious name stays plain text in Markdown', () => {
  expect(escapeMarkdown('a_b|c<d>\u2028e `f`')).toBe(String.raw`a\_b\|c\<d\> e \`f\``);
  expect(escapeMarkdown('http://x and a@b and www.x')).toBe(String.raw`http\://x and a\@b and www\.x`);
  expect(markdownTable(['a'], [['1|2'], ['x\ny']])).toBe('| a |\n| --- |\n| 1\\|2 |\n| x y |');
  expect(codeBlock('echo ```', 'sh')).toBe('````sh\necho ```\n````');
});
test('charts describe their content in words and skip missing values', () => {
  expect(lineChart('Loss', [{ name: 'loss', values: [1, Number.NaN, 0.25] }]).text).toContain(
    'aria-label="Loss, final values: loss 0.25"',
  );
  expect(lineChart('Loss', [{ name: 'loss', values: [] }]).text).not.toContain('NaN');
  expect(featureMap('m', [{ x: 1, y: 1, group: 0, label: 'a' }], ['cat', 'cow']).text).toContain('>ca<title>a');
});
test('the 95 % confidence interval of a fraction is the Wilson interval', () => {
  const [low, high] = interval(8, 10);
  expect([low, high].map((share) => share.toFixed(3))).toEqual(['0.490', '0.943']); // 0.4902 to 0.9433
  expect(interval(0, 0)).toEqual([0, 1]);
});
