import { expect, test } from 'vitest';
import { withFlags } from './with-flags.ts';

const flags = new Map([
  ['followLinks', '--follow-links'],
  ['strict', '--strict'],
]);

test.each([
  ['Set the option followLinks if you trust the data.', 'Set --follow-links if you trust the data.'],
  ['Without the option strict, it is left out.', 'Without --strict, it is left out.'],
  ['The option strict, and more', '--strict, and more'],
  ['Set the option callbacks, or strict.', 'Set the option callbacks, or strict.'],
  ['Set the options strict and followLinks.', 'Set --strict and --follow-links.'],
  ['the options strict, followLinks or callbacks', 'the options strict, followLinks or callbacks'],
  [
    'Set the options strict and followLinks, or the option strict, to go on.',
    'Set --strict and --follow-links, or --strict, to go on.',
  ],
  ['the option of a run', 'the option of a run'],
])('%s', (message, expected) => expect(withFlags(message, flags)).toBe(expected));
