import type { ModelReport } from '@graft/onnx';
import { expect, test } from 'vitest';
import { graft, put, tinyBackbone, workFolder } from '../../test/workbench.ts';

const folder = workFolder();
const model = put(tinyBackbone(), folder, 'tiny.onnx');

test('reports the contents of a file as JSON', async () => {
  const { code, stderr, json } = await graft(['inspect', model, '--size', '32', '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const report = json<ModelReport>();
  expect(report).toMatchObject({
    name: model,
    supported: true,
    opsets: { 'ai.onnx': 17 },
    parameters: 216 + 1152 + 80,
    inputs: [{ name: 'image', dtype: 'float32', shape: ['N', 3, 'S', 'S'] }],
  });
  expect(report.cuts.map(({ value, shape }) => [value, shape])).toEqual([
    ['flat', [1, 16]],
    ['pooled', [1, 16, 1, 1]],
    ['bodyRelu', [1, 16, 8, 8]],
    ['stemRelu', [1, 8, 16, 16]],
  ]);
});
test('prints the contents of a file', async () => {
  const { stdout } = await graft(['inspect', model]);
  expect(stdout).toContain('inputs    image: float32 [N, 3, S, S]\n');
  expect(stdout).toContain('operators Conv × 2, Relu × 2');
  expect(stdout).toMatch(/pooled +GlobalAveragePool +16 +\[1, 16, 1, 1\]/);
});
test('finds a zoo model by name', async () => {
  const { stdout } = await graft(['inspect', 'ppocr-v4-rec']);
  expect(stdout).toMatch(/^ppocr-v4-rec: 10\.8 MB, opset 9, \d+ nodes/);
  expect(stdout).toContain('PP-OCRv4 mobile text recognition · Apache-2.0');
});
test('marks unsupported operators, and rejects files that are not ONNX', async () => {
  const odd = put(tinyBackbone({ nodes: [['Rleu', ['image'], ['scores']]] }), folder, 'odd.onnx');
  const { code, stdout } = await graft(['inspect', odd]);
  expect(code).toBe(0);
  expect(stdout).toContain('Rleu × 1 (NOT SUPPORTED)');
  expect(stdout).toContain('Did you mean "Relu"?');
  const text = put('no model', folder, 'text.onnx');
  expect(await graft(['inspect', text])).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(new RegExp(`^graft: ${text}.* is not an ONNX model.*\n$`)),
  });
});
