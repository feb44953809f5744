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
  expect(report).toMatchObject({
    cut: { value: 'pooled', features: 16, kind: 'vector' },
    blocks: [{ name: 'stem', parameters: 216, part: 'backbone' }, { name: 'body' }, {}, { name: 'fc', part: 'head' }],
    input: expect.stringContaining('RGB images of 32×32'),
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
test('draws the blocks of a network with the place of the new head', async () => {
  const { stdout } = await graft(['inspect', model, '--size', '32']);
  expect(stdout).toContain(
    `image  [3, S, S]
│
├─ stem    Conv, Relu      [8, 16, 16]     216
├─  body   Conv, Relu      [16, 8, 8]    1,152
├─         GlobalAvgPool   [16, 1, 1]        –
✂  pooled: 16 features, where the new head is attached
┊   fc     MatMul          [5]              80
╵  left out with the old head
`,
  );
  const chosen = await graft(['inspect', model, '--size', '32', '--cut', 'stemRelu']);
  expect(chosen.stdout).toContain('✂  stemRelu: 8 channels, where the new head is attached\n┊   body');
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
