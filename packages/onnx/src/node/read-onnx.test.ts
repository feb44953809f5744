import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { importOnnx } from '../import-onnx.ts';
import { ModelProto } from '../proto/schema.ts';
import { buildModel, floats } from '../testing/index.ts';
import { readOnnx } from './index.ts';

const folder = await mkdtemp(join(tmpdir(), 'graft-onnx-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileWith(location: string): Promise<string> {
  const proto = ModelProto.decode(buildModel({ inputs: { x: { shape: [1, 2] } }, outputs: ['y'], constants: { w: floats([2, 2], [1, 2, 3, 4]) }, nodes: [['MatMul', ['x', 'w'], ['y']]] }));
  Object.assign(proto.graph!.initializer![0]!, { rawData: undefined, dataLocation: 1, externalData: [{ key: 'location', value: location }] });
  const path = join(folder, 'model.onnx');
  await writeFile(path, ModelProto.encode(proto).finish());
  return path;
}

test('brings the files that hold the weights', async () => {
  const path = await fileWith('weights.bin');
  await writeFile(join(folder, 'weights.bin'), new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
  expect(importOnnx(await readOnnx(path)).weights.get('w')!.value.numbers()).toEqual([1, 2, 3, 4]);
});
test('says which file is missing', async () => expect(readOnnx(await fileWith('lost.bin'))).rejects.toThrow('model.onnx keeps weights in "lost.bin", and there is no such file'));
test('never leaves the folder', async () => {
  await expect(readOnnx(await fileWith('../weights.bin'))).rejects.toThrow('not inside the model\'s folder');
  const outside = await mkdtemp(join(tmpdir(), 'graft-outside-'));
  await writeFile(join(outside, 'secret'), 'x');
  await symlink(join(outside, 'secret'), join(folder, 'link.bin'));
  await expect(readOnnx(await fileWith('link.bin'))).rejects.toThrow('leads out of');
  await rm(outside, { recursive: true });
});
