import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildModel, checkCase, floats, writeValue } from '@graft/onnx/testing';
import { afterAll, expect, test } from 'vitest';
import { kindOfReason } from './kind-of-reason.mjs';
import { runCases } from './run-cases.mjs';

const folder = mkdtempSync(join(tmpdir(), 'graft-conformance-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const relu = buildModel({ inputs: { x: { shape: [3] } }, outputs: ['y'], nodes: [['Relu', ['x'], ['y']]] });
const x = writeValue(floats([3], [-1, 0, 2]));
const caseOf = (...values: number[]): { model: Uint8Array; inputs: Uint8Array[]; outputs: Uint8Array[] } => ({ model: relu, inputs: [x], outputs: [writeValue(floats([values.length], values))] });

test('a case passes, or says what is wrong', () => {
  expect(() => checkCase(caseOf(0, 0, 2.0001))).not.toThrow();
  expect(() => checkCase(caseOf(0, 0, 3))).toThrow('Output "y" is 2 at 2, and should be 3.');
  expect(() => checkCase(caseOf(0, 2))).toThrow('Output "y" has the shape [3], and should have [2].');
});

test('a case that takes too long is ended, and the others go on', async () => {
  const script = join(folder, 'worker.mjs');
  writeFileSync(script, `
    import { parentPort } from 'node:worker_threads';
    parentPort.on('message', (name) => {
      while (name === 'endless');
      parentPort.postMessage(name === 'good' ? undefined : 'It is wrong.');
    });
    parentPort.postMessage('ready');
  `);
  const reasons: (string | undefined)[] = [];
  await runCases(['good', 'endless', 'bad', 'good'], 'js', (_, reason) => void reasons.push(reason), { seconds: 0.5, script: pathToFileURL(script) });
  expect(reasons).toEqual([undefined, 'It was ended after 0.5 seconds.', 'It is wrong.', undefined]);
});

test('reasons that differ in names and numbers only are of one kind', () =>
  expect(kindOfReason('model.onnx: Node "a" (Conv): "x" is [1, 2] at 3.')).toBe(kindOfReason('model.onnx: Node "b" (Conv): "y" is [4] at 12.')));
