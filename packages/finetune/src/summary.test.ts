import { expect, test } from 'vitest';
import { parseSummary } from './summary.ts';

const summary = { classes: ['a', 'b'], preprocessing: {} };

test('the options of task and modality must be objects', () => {
  const configured = { ...summary, taskOptions: { rule: 'mode' }, modalityOptions: { length: 32 } };
  expect(parseSummary(configured, 'summary.json')).toEqual(configured);
  for (const name of ['taskOptions', 'modalityOptions'])
    for (const value of ['mode', null, [1]])
      expect(() => parseSummary({ ...summary, [name]: value }, 'summary.json')).toThrow(
        `"summary.json" expects "${name}" to be an object, got ${JSON.stringify(value)}. Give the folder of a finished run.`,
      );
});
