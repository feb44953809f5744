import { expect, test } from 'vitest';
import { isPermissive } from './licence.ts';

test.each([
  ['Apache-2.0', true],
  ['MIT AND BSD-3-Clause', true],
  ['MIT OR GPL-3.0-only', true],
  ['(MIT)', true],
  ['CC-BY-NC-SA-4.0', false],
  ['MIT AND CC-BY-NC-4.0', false],
  ['unknown', false],
  ['mit or so', false],
])('isPermissive("%s") is %s', (licence, expected) => expect(isPermissive(licence)).toBe(expected));
