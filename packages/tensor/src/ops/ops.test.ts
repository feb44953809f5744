import { expect, test } from 'vitest';
import { js } from '../index.ts';
import { allOps, describeBackend, samples } from '../testing/index.ts';

test('every op has samples', () =>
  expect(
    allOps()
      .map((op) => op.name)
      .filter((name) => !samples[name]?.length),
  ).toEqual([]));
describeBackend(js);
