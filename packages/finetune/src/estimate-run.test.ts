import { expect, test } from 'vitest';
import { estimateRun } from './estimate-run.ts';

const trial = { images: 8, batch: 4, featureSeconds: 0.5, headSeconds: 0.01, headBytes: 1000 };
const images = { all: 10, learned: 8 };

test('the head computes features of each view and held-out example once, the whole network computes them in each epoch', () => {
  const full = { imageSeconds: 2, bytes: 5000, steps: 3 };
  const {
    featureSeconds,
    head,
    full: whole,
  } = estimateRun({ trial: { ...trial, full }, images }, { epochs: 5, views: 3 });
  expect(featureSeconds).toBeCloseTo(0.5 * (8 * 3 + 2));
  expect(head.epochSeconds).toBeCloseTo(0.08);
  expect(head.seconds).toBeCloseTo(13 + 5 * 0.08);
  expect(head.bytes).toBe(1000);
  expect(whole!.epochSeconds).toBeCloseTo(16);
  expect(whole!.seconds).toBeCloseTo(5 * (16 + 2 * 0.5));
  expect(whole!.bytes).toBe(5000);
});
test('uses the default epochs and views, and omits the whole network if it cannot be trained', () => {
  const { featureSeconds, head, full } = estimateRun({ trial, images });
  expect(featureSeconds).toBeCloseTo(0.5 * (8 * 4 + 2));
  expect(head.seconds - featureSeconds).toBeCloseTo(20 * 0.08);
  expect(full).toBeUndefined();
});
