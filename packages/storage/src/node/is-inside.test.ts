import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isInside } from './is-inside.ts';

test.each([
  ['data', true],
  [join('data', 'a'), true],
  [join('data', '..a'), true],
  [join('data', 'a', '..', 'b'), true],
  [join('data', '..'), false],
  [join('data', '..', 'other'), false],
  ['database', false],
])('%s: %s', (path, expected) => expect(isInside('data', path)).toBe(expected));
