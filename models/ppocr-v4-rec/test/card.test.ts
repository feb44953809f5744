import { fileURLToPath } from 'node:url';
import { importOnnx } from '@graft/onnx';
import { createApp } from '@graft/plugin';
import zoo from '@graft/zoo';
import zooNode, { openModel, type OpenedModel, readCard } from '@graft/zoo/node';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, expect, test } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));
let model: OpenedModel;
beforeAll(async () => {
  model = await openModel(`${folder}card.json`, { app: await createApp([zoo, zooNode]), from: [folder] });
});

test('the file is the one the card stands for', () => expect(model.bytes.length).toBe(model.card?.bytes));

test('onnxruntime runs it as the card says', async () => {
  const { input } = await readCard(`${folder}card.json`);
  const session = await InferenceSession.create(model.bytes);
  expect(session.inputNames).toEqual([input.name]);
  const { [session.outputNames[0]!]: output } = await session.run({ [input.name]: new Tensor('float32', new Float32Array(2 * 3 * 48 * 48), [2, 3, 48, 48]) });
  expect(output?.dims).toEqual([2, 6, 6625]);
});

test('its cut points have the features that the card says', async () => {
  const { input, opset, cutPoints, preprocessing } = model.card!;
  const imported = importOnnx(model.bytes);
  expect(imported.opset).toBe(opset);
  const { channels, height, width } = preprocessing;
  const shapes = imported.shapes({ inputShapes: { [input.name]: [1, channels, height, width] } });
  for (const { value, features } of cutPoints) expect(shapes.get(value)?.slice(0, 2)).toEqual([1, features]);
});
