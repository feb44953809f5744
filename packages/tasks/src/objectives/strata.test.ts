import { expect, test } from 'vitest';
import { quarters, rarestLabels } from './strata.ts';

test('the stratum is the rarest label of a sample; strata that are too small are merged', () => {
  const [common, rare, both, none] = [
    [1, 0],
    [0, 1],
    [1, 1],
    [0, 0],
  ];
  expect([...rarestLabels([common!, common!, common!, rare!, both!, none!, none!], 2)]).toEqual([0, 0, 0, 1, 1, 2, 2]);
  expect([...rarestLabels([common!, common!, common!, rare!, none!], 2)]).toEqual([0, 0, 0, -1, -1]); // two strata with one sample each are merged
  expect([...rarestLabels([common!, common!, common!, rare!], 2)]).toEqual([0, 0, 0, 0]); // a single sample joins the largest stratum
  expect([...rarestLabels([common!, rare!], 3)]).toEqual([-1, -1]);
  expect([...rarestLabels([], 2)]).toEqual([]);
});
test('numbers are stratified by quartile', () => {
  expect([...quarters([5, 1, 8, 2, 7, 3, 6, 4], 2)]).toEqual([2, 0, 3, 0, 3, 1, 2, 1]);
  expect([...quarters([3, 1, 2], 2)]).toEqual([-1, -1, -1]);
});
