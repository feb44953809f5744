import { expect, test } from 'vitest';
import { parseRunRecord } from './run-record.ts';

const recordOf = (options: object): string =>
  JSON.stringify({
    format: 1,
    options: { model: 'net.onnx', data: 'photos', ...options },
    backboneSha256: 'a'.repeat(64),
    imagesSha256: 'b'.repeat(64),
  });

test('a run of a version without solvers goes on as it began', () => {
  expect(parseRunRecord(recordOf({}), 'run.json').options).toMatchObject({
    solver: 'epochs',
    balance: 'none',
    batchNorm: 'train',
  });
});
test('a run with a solver keeps the defaults of today', () => {
  const { options } = parseRunRecord(recordOf({ solver: 'auto' }), 'run.json');
  expect([options.solver, options.balance, options.batchNorm]).toEqual(['auto', 'auto', undefined]);
});
