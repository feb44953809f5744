import { expect, test } from 'vitest';
import { brief } from './brief.ts';
import { GraftError } from './graft-error.ts';

const long = 'b'.repeat(1_000_000);

test('long quoted texts are shortened to their ends, and the sentence around them stays', () => {
  expect(brief(`"a${long}c" and "${long}" do not exist. Check "x".`)).toBe(
    `"a${'b'.repeat(199)}…${'b'.repeat(59)}c" and "${'b'.repeat(200)}…${'b'.repeat(60)}" do not exist. Check "x".`,
  );
  const escaped = JSON.stringify(`"${'x'.repeat(300)}`);
  expect(brief(`${escaped} is not a name.`)).toMatch(/^"\\"x{198}…x{60}" is not a name\.$/);
});
test('prose and names of a usual length stay', () => {
  for (const message of [
    `${'word '.repeat(100)}"name" ${'word '.repeat(100)}.`,
    `"${'/folder'.repeat(37)}" is missing.`,
    long,
  ])
    expect(brief(message)).toBe(message);
});
test('every GraftError is brief', () => {
  const { message, hint } = new GraftError(`"${long}" is unknown. Use "${long}".`, { code: 'x' });
  expect(message.length).toBeLessThan(600);
  expect(hint).toMatch(/^Use "b{200}…b{60}"\.$/);
});
