import { expect, test } from 'vitest';
import { withFlags } from './with-flags.ts';

const flags = new Map([
  ['followLinks', '--follow-links'],
  ['strict', '--strict'],
]);

test.each([
  ['Set the option followLinks if you trust the data.', 'Set --follow-links if you trust the data.'],
  ['Without the option strict, it is left out.', 'Without --strict, it is left out.'],
  ['The option "strict" is set.', '--strict is set.'],
  ['Set the option callbacks, or strict.', 'Set the option callbacks, or strict.'],
  ['The options strict and followLinks', 'The options strict and followLinks'],
])('%s', (message, expected) => expect(withFlags(message, flags)).toBe(expected));
